import { join } from "node:path";

/** The engine's message to a language host about the program to run. */
export interface ProgramRun {
  readonly folder: string;
  readonly entryPoint: string;
  readonly pwd: string;
  readonly monitor: string;
  readonly engine: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly parallel: string;
  readonly isDryRun: boolean;
}

/** How to start a program. */
export interface ProgramCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How each runtime starts a program, the same as in Pulumi's own hosts. */
const runtimes = {
  nodejs: ({ folder, entryPoint, isDryRun, ...told }) => ({
    command: process.execPath,
    args: [
      require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] }),
      ...options(named(told)),
      ...(isDryRun ? ["--dry-run"] : []),
      join(folder, entryPoint),
    ],
    env: {},
  }),
  go: ({ folder, entryPoint, isDryRun, pwd: _, ...told }) => ({
    // The output of `go build`: the runtime's option `binary` names it for Pulumi's own host.
    command: join(folder, entryPoint, "program"),
    args: [],
    env: Object.fromEntries(
      Object.entries({ ...named(told), dry_run: String(isDryRun) }).map(([name, value]) => [
        `PULUMI_${name.toUpperCase()}`,
        value,
      ]),
    ),
  }),
  python: ({ folder, entryPoint, isDryRun, ...told }) => ({
    command: "/usr/bin/python3",
    args: [
      process.env["PULUMI_PYTHON_EXEC"] ?? "",
      ...options({ ...named(told), dry_run: String(isDryRun) }),
      join(folder, entryPoint),
    ],
    env: {},
  }),
} satisfies Readonly<Record<string, (run: ProgramRun) => ProgramCommand>>;

export type Runtime = keyof typeof runtimes;

export const runtimeNames = Object.keys(runtimes) as readonly Runtime[];

export function programCommand(runtime: Runtime, run: ProgramRun): ProgramCommand {
  return runtimes[runtime](run);
}

/** The values that every runtime gets, by the names that all of them use. */
function named(told: Partial<ProgramRun>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, String(value)]));
}

function options(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
