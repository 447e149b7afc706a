import { setTimeout as sleep } from "node:timers/promises";

/** How often the API server is asked again. */
export const POLL_MS = 250;

/** How often a person is told what is being waited for. */
export const REPORT_MS = 5_000;

/** @throws {Error} when the run is interrupted meanwhile */
export async function pause(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: cancelled }).catch(() => {
    throw new Error("interrupted");
  });
}
