/** What one gateway's series are told apart by. */
export interface Scope {
  readonly namespace: string;
}

/** The parts that have metrics, by the label `job` that their ServiceMonitor gives them. */
export type Job = "proxy" | "identity-server" | "rules";

/** Where Prometheus looks by default, and where every part has its metrics. */
export const metricsPath = "/metrics";

/** A selector of one part's series, with further matchers. */
export function series({ namespace }: Scope, metric: string, job: Job, ...matchers: string[]): string {
  return `${metric}{${[`namespace="${namespace}"`, `job="${job}"`, ...matchers].join(",")}}`;
}

/** The share of each volume of the gateway that is free; the kubelet tells it, whatever scrapes that. */
export function freeShareOfVolumes({ namespace }: Scope): string {
  const metric = (name: string) => `kubelet_volume_stats_${name}_bytes{namespace="${namespace}"}`;
  return `${metric("available")} / ${metric("capacity")}`;
}

/** Writes of the rule operator that the API server has refused, or could not take: not those that it only has to try again. */
export const refusedWrites = [
  "rest_client_requests_total",
  "rules",
  'method="PUT"',
  'code=~"40[013]|422|5.."',
] as const;

/** Events a second of a counter, over five minutes, summed up by labels. */
export function rate(selector: string, ...by: string[]): string {
  return `sum${by.length > 0 ? ` by (${by.join(",")})` : ""}(rate(${selector}[5m]))`;
}

/** Whether a counter grows: two minutes after its last event it does not, so that a restart is over before an alert is due. */
export function grows(selector: string): string {
  return `sum(rate(${selector}[2m])) > 0`;
}

/** Requests that browsers and others make at the proxy. */
export const proxyRequests = ["portcullis_requests_total", "proxy"] as const;

/** Until a service began to answer: streams and large downloads are none the slower for their length. */
export const upstreamTimes = "portcullis_upstream_duration_seconds";

/** Session checks that Kratos answers: those which the cache beside the proxy cannot. */
export const sessionChecks = [
  "http_requests_total",
  "identity-server",
  'endpoint="/sessions/whoami"',
] as const;

/** Sign-ins that begin: each one writes a row into the database. */
export const signInStarts = [
  "http_requests_total",
  "identity-server",
  'endpoint=~"/self-service/(login|registration)/browser"',
] as const;
