import { spawn } from "node:child_process";
import { Failure } from "./failure";
import { undoOnInterrupt } from "./interrupt";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process' environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  /** Called with each line that the command prints on either stream. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /**
   * Wait for the command to end properly when this process is interrupted: it gets a single SIGINT. On a terminal, Ctrl-C
   * would otherwise reach it a second time, which tells many commands to stop at once.
   *
   * @default false
   */
  readonly windsDown?: boolean;
  readonly timeoutMs?: number;
}

/** A command that could not be started or that exited with another code than 0. */
export class CommandError extends Failure {
  constructor(
    command: string,
    args: readonly string[],
    readonly code: number | null,
    readonly output: string,
  ) {
    const tail = output.trimEnd().split("\n").slice(-20).join("\n");
    super(
      `${[command, ...args].join(" ")} ended with ${code === null ? "a signal" : `code ${code}`}:\n${tail}`,
    );
  }
}

/**
 * Runs a command to its end and returns its standard output.
 *
 * @throws {CommandError} with the last lines of both streams when the command fails.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      signal: options.signal,
      timeout: options.timeoutMs,
      detached: options.windsDown ?? false,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let both = "";
    let rest = "";
    const collect = (chunk: string) => {
      both = (both + chunk).slice(-64_000);
      if (!options.onLine) return;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(options.onLine);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      collect(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", collect);
    child.stdin.on("error", () => undefined); // a command may end without reading its input
    child.stdin.end(options.input);
    child.on("error", (error) => {
      reject(new CommandError(command, args, null, error.message));
    });
    const closed = new Promise((resolveClosed) => child.once("close", resolveClosed));
    const release = options.windsDown
      ? undoOnInterrupt(async () => {
          child.kill("SIGINT");
          await closed;
        })
      : undefined;
    child.on("close", (code) => {
      release?.();
      if (code === 0) resolve(stdout);
      else reject(new CommandError(command, args, code, both));
    });
  });
}
