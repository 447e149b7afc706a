import { styleText } from "node:util";
import { exitCodes, Failure, UsageError } from "./failure";
import { isInterrupted } from "./interrupt";

/** Shows which phase a long command is in, for how long, and what came from the cache. */
export interface Progress {
  /** Runs one phase; `detail` shows what it is doing right now. */
  phase<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  note(text: string): void;
}

const WIDTH = 100;

/**
 * A progress display: one changing line a phase on a terminal, plain lines elsewhere.
 *
 * It writes to standard error, so that the command's result can be piped.
 */
export function progress(out: NodeJS.WriteStream = process.stderr): Progress {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    out.isTTY ? styleText(format, text) : text;
  const line = (text: string) => {
    out.write(`${out.isTTY ? "\r\u001b[2K" : ""}${text}\n`);
  };
  return {
    note: line,
    async phase(title, work) {
      const started = Date.now();
      const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
      let current = "";
      const redraw = () => {
        out.write(`\r\u001b[2K… ${title} ${elapsed()} ${current}`.slice(0, WIDTH));
      };
      if (!out.isTTY) line(`… ${title}`);
      const timer = out.isTTY ? setInterval(redraw, 200).unref() : undefined;
      const detail = (text: string) => {
        current = text;
        if (out.isTTY) redraw();
        else line(`  ${title}: ${text} (${elapsed()})`);
      };
      try {
        const result = await work(detail);
        line(`${paint("green", "✓")} ${title} (${elapsed()})`);
        return result;
      } catch (error) {
        line(`${paint("red", "✗")} ${title} (${elapsed()})`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Runs a command's main function. It prints only the message of a {@link Failure}, and anything else with its stack. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (isInterrupted()) return;
    process.stderr.write(
      error instanceof Failure
        ? `\n${paintError(error.message)}\n`
        : `\n${String((error as Error).stack ?? error)}\n`,
    );
    process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  });
}

function paintError(message: string): string {
  return process.stderr.isTTY ? styleText("red", message) : message;
}
