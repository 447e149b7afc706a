import type { Context } from "mocha";

let written = "";

/** Keeps what a server writes, until the test ends that it belongs to. */
export function keepLog(chunk: string): void {
  written += chunk;
}

/** Only who looks for the reason of a failure reads what servers write. */
export const mochaHooks = {
  afterEach(this: Context) {
    if (this.currentTest?.state === "failed") process.stderr.write(written);
    written = "";
  },
};
