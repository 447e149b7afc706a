import type { Stack } from "@pulumi/pulumi/automation";
import { CommandError, run } from "./exec";
import { Failure } from "./failure";

/** The engine's placeholder for a value that only an update knows. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Runs `use` with a stack of the project in this folder, with the installed `pulumi`.
 *
 * @throws {Failure} with the message of `pulumi`, if it cannot be run or does not know the stack
 */
export async function withStack<T>(stackName: string, use: (stack: Stack) => Promise<T>): Promise<T> {
  // The SDK is large: only the commands that need it load it.
  const { CommandError: EngineError, LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  try {
    return await use(await LocalWorkspace.selectStack({ stackName, workDir: process.cwd() }));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new Failure(reasonIn(error.message));
  }
}

/** The outputs of the stack with that name, as JSON. */
export async function outputsOf(stackName: string): Promise<string> {
  try {
    return await run("pulumi", ["stack", "output", "--json", "--stack", stackName]);
  } catch (error) {
    const isMissing = error instanceof CommandError && error.output.includes("spawn pulumi ENOENT");
    throw isMissing ? new Failure(NO_PULUMI) : error;
  }
}

const NO_PULUMI = "The program `pulumi` is not on the PATH. Install it: https://www.pulumi.com/docs/install/";

/** The relevant part of an SDK error, which contains everything that a run printed. */
function reasonIn(message: string): string {
  if (message.includes("ENOENT: pulumi")) return NO_PULUMI;
  return /^ ?stderr: (.*?)(?=^ ?err\?:|(?![\s\S]))/ms.exec(message)?.[1]?.trim() ?? message;
}
