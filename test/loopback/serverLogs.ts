import type { Context } from "mocha";

let written = "";

/** Keeps a server's output until the end of the test that it belongs to. */
export function keepLog(chunk: string): void {
  written += chunk;
}

/** Servers' output is of interest only for the cause of a failure. */
export const mochaHooks = {
  afterEach(this: Context) {
    if (this.currentTest?.state === "failed") process.stderr.write(written);
    written = "";
  },
};
