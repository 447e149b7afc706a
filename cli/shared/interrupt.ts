import { errorMessage } from "../../documents/shared/errorMessage";

/** Undoes what a run started when the user interrupts it. */
export type Undo = () => Promise<void>;

const undos: Undo[] = [];
let listening = false;
let interrupted = false;

/** Whether the user has interrupted this process: anything that fails from then on fails because of that. */
export function isInterrupted(): boolean {
  return interrupted;
}

/**
 * Runs `undo` when this process is interrupted (Ctrl-C, TERM) before the returned function is called.
 *
 * Undos run in reverse order. The process then exits with the code that shells use for the signal.
 */
export function undoOnInterrupt(undo: Undo): () => void {
  if (!listening) {
    listening = true;
    process.once("SIGINT", () => void leave(130));
    process.once("SIGTERM", () => void leave(143));
  }
  undos.push(undo);
  return () => {
    const index = undos.indexOf(undo);
    if (index >= 0) undos.splice(index, 1);
  };
}

async function leave(code: number): Promise<void> {
  interrupted = true;
  process.stderr.write("\ninterrupted: removing what this run started\n");
  while (undos.length > 0) {
    await undos
      .pop()?.()
      .catch((error: unknown) => {
        process.stderr.write(`${errorMessage(error)}\n`);
      });
  }
  process.exit(code);
}
