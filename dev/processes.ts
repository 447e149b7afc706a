import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as recorded on disk; the start time distinguishes it from a later process with the same number. */
export interface RecordedProcess {
  readonly pid: number;
  /** Clock ticks between the machine's boot and the process' start, as `/proc/PID/stat` has it. */
  readonly startTicks?: string;
}

/** Describes a running process so that {@link isAlive} recognises it later, also from another run. */
export function recordOf(pid: number): RecordedProcess {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? { pid } : { pid, startTicks };
}

export function isAlive(recorded: RecordedProcess): boolean {
  const startTicks = startTicksOf(recorded.pid);
  return startTicks !== undefined && (recorded.startTicks ?? startTicks) === startTicks;
}

/** Ends a recorded process, and only that one: another process that got its number receives no signal. */
export async function end(recorded: RecordedProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (!isAlive(recorded)) return;
  process.kill(recorded.pid, signal);
  for (let waited = 0; isAlive(recorded) && waited < 10_000; waited += 50) await sleep(50);
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The second field is the command in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
