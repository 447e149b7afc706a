import type { Properties } from "../../protocol/values";
import type { ApiClient } from "../client";
import { annotation, annotations, describe } from "../objects";
import { pause, POLL_MS, REPORT_MS } from "../pause";
import { clues, podSummary } from "./clues";
import { readinessOf } from "./kinds";
import type { Check } from "./state";
import { parseWaitFor } from "./waitFor";

const DEFAULT_TIMEOUT_SECONDS = 300;

/** What an object was like when it worked, or when it was given up; then with the reasons. */
export interface Outcome {
  readonly live: Properties;
  readonly reasons: readonly string[];
}

interface Options {
  readonly client: ApiClient;
  readonly cancelled: AbortSignal;
  readonly find: () => Promise<Properties | undefined>;
  readonly report: (text: string) => void;
  /** From `customTimeouts`; it goes before the annotation. */
  readonly timeoutSeconds: number | undefined;
}

/**
 * Waits until an object that has just been applied works. It exists already, so whatever goes wrong here becomes a
 * reason instead of an error: else it would be missing in the state.
 */
export async function untilReady(applied: Properties, options: Options): Promise<Outcome> {
  const check = checkOf(applied);
  if (!check) return { live: applied, reasons: [] };
  const timeoutSeconds =
    options.timeoutSeconds ??
    annotatedTimeout(applied) ??
    readinessOf(applied)?.timeoutSeconds ??
    DEFAULT_TIMEOUT_SECONDS;
  try {
    return await poll(applied, check, { ...options, timeoutSeconds });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { live: applied, reasons: [`${describe(applied)}: while waiting for it: ${reason}`] };
  }
}

/** Why an object does not work at this moment; empty when it does, or when nothing waits for it. */
export async function reasonsNotReady(live: Properties, client: ApiClient): Promise<readonly string[]> {
  const state = await checkOf(live)?.(live, client);
  return state && state.phase !== "ready" ? explained(live, state.reason, client) : [];
}

function checkOf(object: Properties): Check | undefined {
  if (annotation(object, annotations.skipAwait) === "true") return undefined;
  const waitFor = annotation(object, annotations.waitFor);
  return waitFor === undefined ? readinessOf(object)?.check : parseWaitFor(waitFor);
}

async function explained(object: Properties, reason: string, client: ApiClient): Promise<string[]> {
  return [`${describe(object)}: ${reason}`, ...(await clues(object, client))];
}

async function poll(
  applied: Properties,
  check: Check,
  { client, cancelled, find, report, timeoutSeconds }: Options & { readonly timeoutSeconds: number },
): Promise<Outcome> {
  const until = Date.now() + timeoutSeconds * 1000;
  let nextReport = Date.now() + REPORT_MS;
  let live = applied;
  for (;;) {
    const state = await check(live, client);
    if (state.phase === "ready") return { live, reasons: [] };
    const isLate = Date.now() > until;
    if (state.phase === "failed" || isLate) {
      const verdict = isLate ? `not ready after ${String(timeoutSeconds)} s: ${state.reason}` : state.reason;
      return { live, reasons: await explained(live, verdict, client) };
    }
    if (Date.now() > nextReport) {
      const summary = await podSummary(live, client);
      report(summary === undefined ? state.reason : `${state.reason}; ${summary}`);
      nextReport = Date.now() + REPORT_MS;
    }
    await pause(POLL_MS, cancelled);
    const found = await find();
    if (!found) return { live, reasons: [`${describe(applied)}: it was deleted meanwhile`] };
    live = found;
  }
}

function annotatedTimeout(object: Properties): number | undefined {
  const seconds = Number(annotation(object, annotations.timeoutSeconds));
  return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
}
