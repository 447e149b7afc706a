import { shortHash } from "../shared/shortHash";
import { proxyRequests, rate, series, sessionChecks, upstreamTimes, type Scope } from "./scope";

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** A gateway's panels, without what Grafana needs to draw them. */
export function panels(scope: Scope): readonly Panel[] {
  const requests = series(scope, ...proxyRequests);
  const durations = series(scope, "portcullis_request_duration_seconds_bucket", "proxy");
  const ofServices = series(scope, `${upstreamTimes}_bucket`, "proxy");
  const checks = series(scope, ...sessionChecks);
  const jobs = `namespace="${scope.namespace}",job=~"proxy|identity-server|rules"`;
  const selfService = 'endpoint=~"/self-service/(login|methods/oidc/callback|logout).*"';
  return [
    panel("Requests by status", "reqps", [rate(requests, "status_code"), "{{status_code}}"]),
    panel(
      "Time to answer",
      "s",
      ...[0.5, 0.95, 0.99].map(
        (quantile) =>
          [`histogram_quantile(${quantile}, ${rate(durations, "le")})`, `p${quantile * 100}`] as const,
      ),
    ),
    panel("Requests by service", "reqps", [rate(requests, "rule"), "{{rule}}"]),
    panel("Requests not let through", "reqps", [
      rate(series(scope, ...proxyRequests, 'decision!="allowed"'), "reason"),
      "{{reason}}",
    ]),
    panel("Time until a service answers", "s", [
      `histogram_quantile(0.95, ${rate(ofServices, "rule", "le")})`,
      "p95 {{rule}}",
    ]),
    panel("Failures by service", "percentunit", [
      `${rate(series(scope, ...proxyRequests, 'status_code=~"5.."'), "rule")} / ${rate(requests, "rule")}`,
      "{{rule}}",
    ]),
    panel("Session checks at the identity server", "reqps", [rate(checks, "code"), "{{code}}"]),
    panel("Session checks for a request", "percentunit", [
      `${rate(checks)} / ${rate(requests)}`,
      "asked of the identity server",
    ]),
    panel("Sign-in and sign-out", "reqps", [
      rate(series(scope, "http_requests_total", "identity-server", selfService), "endpoint", "code"),
      "{{endpoint}} {{code}}",
    ]),
    panel(
      "Rules taken over",
      "ops",
      [rate(series(scope, "controller_runtime_reconcile_total", "rules"), "result"), "{{result}}"],
      [rate(series(scope, "controller_runtime_reconcile_errors_total", "rules")), "errors"],
    ),
    panel("Memory", "bytes", [`process_resident_memory_bytes{${jobs}}`, "{{job}} {{instance}}"]),
    panel("CPU", "cores", [`rate(process_cpu_seconds_total{${jobs}}[5m])`, "{{job}} {{instance}}"]),
  ];
}

/** The panels as a dashboard that Grafana imports. @see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function dashboard(scope: Scope): object {
  return {
    uid: uidOf(scope),
    title: `Portcullis: ${scope.namespace}`,
    tags: ["portcullis"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Data source" }],
    },
    panels: panels(scope).map(({ title, unit, queries }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      datasource,
      gridPos: { h: 8, w: 12, x: (index % 2) * 12, y: Math.floor(index / 2) * 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: queries.map(({ expr, legend }, number) => ({
        refId: String.fromCharCode("A".charCodeAt(0) + number),
        datasource,
        expr,
        legendFormat: legend,
      })),
    })),
  };
}

/** Grafana accepts no longer ones. @see https://github.com/grafana/grafana/issues/11620 */
const maxUid = 40;

function uidOf({ namespace }: Scope): string {
  const uid = `portcullis-${namespace}`;
  return uid.length <= maxUid ? uid : `portcullis-${shortHash(namespace)}`;
}

const datasource = { type: "prometheus", uid: "${datasource}" };

function panel(title: string, unit: string, ...queries: (readonly [expr: string, legend: string])[]): Panel {
  return { title, unit, queries: queries.map(([expr, legend]) => ({ expr, legend })) };
}
