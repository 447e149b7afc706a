import type { Stack } from "@pulumi/pulumi/automation";
import { configurationSizeProblems } from "./configurationSize";
import { previewStack, refusedPreview, type Preview, type PreviewOptions } from "./preview";

/** Previews a stack whose program is started by the engine, which passes it the whole configuration. */
export async function previewProject(stack: Stack, options: PreviewOptions = {}): Promise<Preview> {
  const configuration = Object.entries(await stack.getAllConfig()).map(
    ([key, { value }]) => [key, value] as const,
  );
  const tooLong = configurationSizeProblems(Object.fromEntries(configuration));
  return tooLong.length > 0 ? refusedPreview(tooLong) : previewStack(stack, options);
}
