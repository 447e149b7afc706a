import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../cli/verify/browser";

/** A request that is repeated, and its expected response. */
export interface Stream {
  readonly ask: () => Promise<Answer>;
  readonly expected: (answer: Answer) => boolean;
  /**
   * What another response is counted as.
   * @default its status
   */
  readonly countedAs?: (answer: Answer) => string;
  /** Requests per second, sent whether or not earlier ones are answered. */
  readonly perSecond: number;
  /**
   * Requests that may wait for a response at once; further ones are sent later. A slow machine then gets fewer requests, and not
   * more of them than it can answer.
   * @default any number
   */
  readonly atOnce?: number;
}

/** The results of a stream's requests. */
export interface Report {
  readonly asked: number;
  /** Every unexpected response, or the reason why there was none, and how often. */
  readonly wrong: Readonly<Record<string, number>>;
  /** The longest time in seconds between two expected responses, by when their requests were sent. */
  readonly longestGap: number;
  /** The longest time in seconds that a response took. */
  readonly slowest: number;
}

interface Sent {
  readonly at: number;
  readonly answeredAt: number;
  /** Undefined if the response was the expected one. */
  readonly wrong: string | undefined;
}

/** Longer than the proxy waits for a decision. */
const TIMEOUT_MS = 25_000;

/** The response for a pod that is gone before the ingress controller knows: on a busy machine, there are some. */
const LATE = [502, 503];
const ofController = (status: number) => `${status} of the ingress controller`;
const MAX_LATE_SHARE = 0.05;

/** What wrong responses are counted as, where it matters who sent them: the gateway gives every request an id. */
export function byWhom({ status, headers }: Answer): string {
  const isOfGateway = headers["x-request-id"] !== undefined;
  return LATE.includes(status) && !isOfGateway ? ofController(status) : String(status);
}

/** Only a few responses are wrong, from an ingress controller that learned late of a pod's end; of streams {@link byWhom}. */
export function assertNothingButLate(report: Report, name: string): void {
  const late = LATE.map(ofController);
  const reasons = Object.keys(report.wrong).filter((reason) => !late.includes(reason));
  assert.deepEqual(reasons, [], name);
  assert.ok(wrongAnswers(report) <= MAX_LATE_SHARE * report.asked, `${name}: ${JSON.stringify(report)}`);
}

/** Sends the streams' requests while `work` runs, and a second longer. */
export async function underLoad<Name extends string>(
  streams: Readonly<Record<Name, Stream>>,
  work: () => Promise<void>,
): Promise<Record<Name, Report>> {
  const stop = new AbortController();
  const running = (Object.entries(streams) as [Name, Stream][]).map(
    async ([name, stream]) => [name, await repeat(stream, stop.signal)] as const,
  );
  try {
    await work();
    await sleep(1000);
  } finally {
    stop.abort();
  }
  return Object.fromEntries(await Promise.all(running)) as Record<Name, Report>;
}

/** How many responses were wrong. */
export function wrongAnswers({ wrong }: Report): number {
  return Object.values(wrong).reduce((sum, count) => sum + count, 0);
}

async function repeat(stream: Stream, stop: AbortSignal): Promise<Report> {
  const started = performance.now();
  const sent: Promise<Sent>[] = [];
  const waiting = new Set<Promise<Sent>>();
  while (!stop.aborted) {
    const request = outcome(stream);
    sent.push(request);
    waiting.add(request);
    void request.then(() => waiting.delete(request));
    if (waiting.size === stream.atOnce) await Promise.race(waiting);
    const next = started + (sent.length * 1000) / stream.perSecond;
    await sleep(Math.max(0, next - performance.now()));
  }
  const ended = performance.now();
  return reportOf(await Promise.all(sent), started, ended);
}

async function outcome({ ask, expected, countedAs = ({ status }) => String(status) }: Stream): Promise<Sent> {
  const at = performance.now();
  const late = sleep(TIMEOUT_MS, undefined, { ref: false }).then(() => "no answer in time");
  const answer = ask().then(
    (it) => (expected(it) ? undefined : countedAs(it)),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const wrong = await Promise.race([answer, late]);
  return { at, answeredAt: performance.now(), wrong };
}

function reportOf(sent: readonly Sent[], started: number, ended: number): Report {
  const wrong: Record<string, number> = {};
  let longest = 0;
  let last = started;
  for (const { at, wrong: reason } of sent) {
    if (reason !== undefined) {
      wrong[reason] = (wrong[reason] ?? 0) + 1;
      continue;
    }
    longest = Math.max(longest, at - last);
    last = at;
  }
  longest = Math.max(longest, ended - last);
  const slowest = Math.max(...sent.map(({ at, answeredAt }) => answeredAt - at));
  return { asked: sent.length, wrong, longestGap: longest / 1000, slowest: slowest / 1000 };
}
