/** What distinguishes the series of one gateway. */
export interface Scope {
  readonly namespace: string;
}

/** The parts that have metrics, named as the label `job` from their ServiceMonitor. */
export type Job = "proxy" | "identity-server" | "rules";

/** Where Prometheus looks by default, and where every part serves its metrics. */
export const metricsPath = "/metrics";

/** A selector of one part's series, with further matchers. */
export function series({ namespace }: Scope, metric: string, job: Job, ...matchers: string[]): string {
  return `${metric}{${[`namespace="${namespace}"`, `job="${job}"`, ...matchers].join(",")}}`;
}

/** The free share of each of the gateway's volumes. The kubelet reports it, whatever scrapes the kubelet. */
export function freeShareOfVolumes({ namespace }: Scope): string {
  const metric = (name: string) => `kubelet_volume_stats_${name}_bytes{namespace="${namespace}"}`;
  return `${metric("available")} / ${metric("capacity")}`;
}

/** Writes of the rule operator that the API server refused or could not process, without those that only need a retry. */
export const refusedWrites = [
  "rest_client_requests_total",
  "rules",
  'method="PUT"',
  'code=~"40[013]|422|5.."',
] as const;

/** Events per second of a counter, over five minutes, summed up by labels. */
export function rate(selector: string, ...by: string[]): string {
  return `sum${by.length > 0 ? ` by (${by.join(",")})` : ""}(rate(${selector}[5m]))`;
}

/** Whether a counter grows. Two minutes after its last event it no longer does, so a restart is over before an alert is due. */
export function grows(selector: string): string {
  return `sum(rate(${selector}[2m])) > 0`;
}

/** Requests to the proxy, from browsers and other clients. */
export const proxyRequests = ["portcullis_requests_total", "proxy"] as const;

/** The time until a service begins to answer: streams and large downloads do not count as slow. */
export const upstreamTimes = "portcullis_upstream_duration_seconds";

/** Session checks that Kratos answers: those that the cache beside the proxy cannot answer. */
export const sessionChecks = [
  "http_requests_total",
  "identity-server",
  'endpoint="/sessions/whoami"',
] as const;

/** Sign-ins that are started: each one writes a row into the database. */
export const signInStarts = [
  "http_requests_total",
  "identity-server",
  'endpoint=~"/self-service/(login|registration)/browser"',
] as const;
