import { join } from "node:path";
import type { Overlay, StackRequest } from "../../../dev/plugins/stackRun";

/** A stack whose state is recorded: the program of a checkout, with what its stack file leaves open. */
interface RecordedStack {
  readonly project: string;
  readonly stack: string;
  readonly program: string;
  readonly overlay: Overlay;
}

const secret = { value: "a secret of the recorded stacks", secret: true };

export const recordedStacks: readonly RecordedStack[] = [
  {
    project: "portcullis",
    stack: "dev",
    program: "index.ts",
    overlay: { "portcullis:clientSecret.stub": secret },
  },
  {
    project: "quickStart",
    stack: "recorded",
    program: "examples/quickStart/index.ts",
    overlay: { "quickStart:staffClientSecret": secret },
  },
];

/** What encrypts the secrets in the recorded states, which are nobody's. */
export const PASSPHRASE = "recorded";

export function requestOf(
  { stack, program, overlay }: RecordedStack,
  checkout: string,
  stateFolder: string,
): Omit<StackRequest, "command"> {
  return { stack, program: join(checkout, program), overlay, cluster: { stateFolder } };
}

/** Where the engine keeps the state of a stack. */
export function stateFile({ project, stack }: RecordedStack, stateFolder: string): string {
  return join(stateFolder, "pulumi/.pulumi/stacks", project, `${stack}.json`);
}

/** The checked-in state. */
export function recordedFile({ project, stack }: RecordedStack): string {
  return join(__dirname, `${project}-${stack}.json.gz`);
}
