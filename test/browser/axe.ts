import { readFile } from "node:fs/promises";
import type { Person } from "./person";

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

interface Options {
  readonly resultTypes: readonly ["violations"];
  readonly runOnly?: readonly string[];
}

interface Axe {
  readonly run: (options: Options) => Promise<{ readonly violations: readonly Violation[] }>;
}

/** axe-core's findings on the page that a person sees, of any impact; in dark colours, only what these can change. */
export async function violations({ page }: Person): Promise<string[]> {
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found: string[] = [];
  for (const [colorScheme, rules] of [
    ["light", {}],
    ["dark", { runOnly: ["color-contrast", "link-in-text-block"] }],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    const report = await page.evaluate(
      (options: Options) => (globalThis as unknown as { axe: Axe }).axe.run(options),
      { resultTypes: ["violations"], ...rules } as const,
    );
    found.push(
      ...report.violations.map(
        ({ id, impact, help, nodes }) =>
          `${colorScheme}: ${impact}: ${id}: ${help}: ${nodes[0]?.html.slice(0, 200) ?? ""}`,
      ),
    );
  }
  return found;
}
