import { gatewayUp, scale, type Conditions, type Gateway } from "./gateway";
import { inTurns, measured, pairedRatio, type Measured } from "./statistics";
import {
  deploymentOf,
  deployVariants,
  isProxyPod,
  removeVariants,
  variants,
  type Asked,
  type Variant,
} from "./variants";
import { load, requireWrk, type LoadResult } from "./wrk";

const SECONDS = 3;
const WARM_UP_SECONDS = 2;
/** Requests before each measurement that are not counted: another variant has left its state in caches and connections. */
const LEAD_SECONDS = 1;
/** Short measurements differ by a tenth from turn to turn: so they take twice as many turns as all others. */
const TURNS_A_TURN = 2;
const CONNECTIONS = [1, 32] as const;
const SUSTAINED_SLICES = 10;
const SUSTAINED_SLICE_SECONDS = 30;

/** What stands between the ingress controller and the upstream, and what it costs. */
export interface RequestPath {
  /** Median latency at one connection, relative to no proxy at all. */
  readonly p50OverDirect: number;
  /** Throughput at 32 connections, relative to no proxy at all. */
  readonly throughputOverDirect: number;
  /** The same for an nginx that only forwards: the cost of one more hop, whatever makes it. */
  readonly throughputOfPlainNginxOverDirect: number;
  /** Median latency at one connection, relative to oauth2-proxy. */
  readonly p50OverOauth2Proxy: number;
  /** Throughput at 32 connections, relative to oauth2-proxy. */
  readonly throughputOverOauth2Proxy: number;
  /** Throughput at 32 connections, relative to the seed's configuration. */
  readonly throughputOverSeed: number;
  /** Throughput at 32 connections, relative to Oathkeeper as the reverse proxy with cached sessions. */
  readonly throughputOverForwarding: number;
  /** Median latency at one connection with 1,000 rules, relative to one rule. */
  readonly p50At1000RulesOver1: number;
  /** Our responses that were not 200, and requests without one, among all requests of the run. */
  readonly non2xx: number;
  readonly failures: Readonly<{ answers: number; connections: number; ofRequests: number }>;
  /** With one pod: throughput in the last half minute of five at 32 connections, relative to the first. */
  readonly sustainedLastOverFirst: number;
  readonly ratios: Readonly<Record<string, Measured>>;
  /** By variant and number of connections. */
  readonly runs: Readonly<
    Record<string, { readonly p50Ms: Measured; readonly p99Ms: Measured; readonly perSecond: Measured }>
  >;
  /** Requests per second in each half minute. */
  readonly sustained: readonly number[];
}

/** Measures the request path in turns, then loads it for five minutes. */
export async function requestPath(conditions: Conditions): Promise<RequestPath> {
  await requireWrk();
  const gateway = await gatewayUp(conditions);
  try {
    const asked = await conditions.progress.phase("request path: deploy the variants", () =>
      deployVariants(gateway),
    );
    return await measure(gateway, asked, conditions);
  } finally {
    await removeVariants(gateway);
  }
}

async function measure(
  gateway: Gateway,
  asked: Readonly<Record<string, Asked>>,
  { turns, progress }: Conditions,
): Promise<RequestPath> {
  const on = ({ name }: Variant, connections: number, seconds: number) => {
    const one = asked[name];
    if (!one) throw new Error(`nobody knows how ${name} is asked`);
    return load({ origin: gateway.origin, ...one, connections, seconds });
  };
  const ownTurns = turns * TURNS_A_TURN;
  const series = await progress.phase(`request path: ${ownTurns} turns`, async (detail) => {
    for (const variant of variants) await on(variant, 8, WARM_UP_SECONDS);
    const subjects = Object.fromEntries(
      variants.flatMap((variant) =>
        CONNECTIONS.map((connections) => [
          keyOf(variant.name, connections),
          async () => {
            detail(keyOf(variant.name, connections));
            await on(variant, connections, LEAD_SECONDS);
            return on(variant, connections, SECONDS);
          },
        ]),
      ),
    );
    return inTurns<string, LoadResult>(ownTurns, subjects);
  });
  const sustained = await progress.phase("request path: five minutes at 32 connections", async (detail) => {
    const slices: LoadResult[] = [];
    const ours = variants.find(({ name }) => name === "ours-1");
    // What the others do between requests would be measured too.
    const done = variants.filter((variant) => variant !== ours && isProxyPod(variant));
    for (const variant of done) await scale(gateway, deploymentOf(variant), 0);
    for (let slice = 0; ours && slice < SUSTAINED_SLICES; slice += 1) {
      const result = await on(ours, 32, SUSTAINED_SLICE_SECONDS);
      detail(`${Math.round(result.perSecond)} requests a second`);
      slices.push(result);
    }
    return slices;
  });
  return summary(series, sustained);
}

function keyOf(name: string, connections: number): string {
  return `${name}@${connections}`;
}

function summary(
  series: Readonly<Record<string, readonly LoadResult[]>>,
  sustained: readonly LoadResult[],
): RequestPath {
  const values = (key: string, field: "p50Ms" | "p99Ms" | "perSecond") =>
    (series[key] ?? []).map((result) => result[field]);
  const ratio = (field: "p50Ms" | "perSecond", above: string, below: string) =>
    pairedRatio(values(above, field), values(below, field));
  const ratios = {
    p50OverDirect: ratio("p50Ms", "ours-1@1", "direct@1"),
    throughputOverDirect: ratio("perSecond", "ours-1@32", "direct@32"),
    p50OfPlainNginxOverDirect: ratio("p50Ms", "plain-nginx@1", "direct@1"),
    throughputOfPlainNginxOverDirect: ratio("perSecond", "plain-nginx@32", "direct@32"),
    p50OverOauth2Proxy: ratio("p50Ms", "ours-1@1", "oauth2-proxy@1"),
    throughputOverOauth2Proxy: ratio("perSecond", "ours-1@32", "oauth2-proxy@32"),
    throughputOverSeed: ratio("perSecond", "ours-1@32", "seed@32"),
    p50OverForwarding: ratio("p50Ms", "ours-1@1", "forwarding@1"),
    throughputOverForwarding: ratio("perSecond", "ours-1@32", "forwarding@32"),
    p50At1000RulesOver1: ratio("p50Ms", "ours-1000@1", "ours-1@1"),
    p50At100RulesOver1: ratio("p50Ms", "ours-100@1", "ours-1@1"),
    throughputOverUncached: ratio("perSecond", "ours-1@32", "uncached-1@32"),
  };
  const ours = Object.entries(series).flatMap(([key, results]) => (key.startsWith("ours") ? results : []));
  const sum = (field: "non200" | "socketErrors" | "requests") =>
    [...ours, ...sustained].reduce((total, result) => total + result[field], 0);
  const failures = {
    answers: sum("non200"),
    connections: sum("socketErrors"),
    ofRequests: sum("requests"),
  };
  const speeds = sustained.map(({ perSecond }) => perSecond);
  return {
    p50OverDirect: ratios.p50OverDirect.median,
    throughputOverDirect: ratios.throughputOverDirect.median,
    throughputOfPlainNginxOverDirect: ratios.throughputOfPlainNginxOverDirect.median,
    p50OverOauth2Proxy: ratios.p50OverOauth2Proxy.median,
    throughputOverOauth2Proxy: ratios.throughputOverOauth2Proxy.median,
    throughputOverSeed: ratios.throughputOverSeed.median,
    throughputOverForwarding: ratios.throughputOverForwarding.median,
    p50At1000RulesOver1: ratios.p50At1000RulesOver1.median,
    non2xx: failures.answers + failures.connections,
    failures,
    sustainedLastOverFirst: (speeds.at(-1) ?? NaN) / (speeds[0] ?? NaN),
    ratios,
    runs: Object.fromEntries(
      Object.keys(series).map((key) => [
        key,
        {
          p50Ms: measured(values(key, "p50Ms")),
          p99Ms: measured(values(key, "p99Ms")),
          perSecond: measured(values(key, "perSecond")),
        },
      ]),
    ),
    sustained: speeds,
  };
}
