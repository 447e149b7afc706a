import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../cli/shared/exec";
import { checkout } from "../../dev/checkout";
import { alerts } from "../../documents/prometheus/alerts";

const namespace = "access";
/** Every series has a sample every so many seconds. */
const STEP = 30;
/** Seconds without problems before a failure begins. */
const WELL = 600;
/** The window of most rates, and so the longest time that a change may go unnoticed. */
const WINDOW = 300;

/** The value of a series, or its growth, in a step without problems and during a failure. */
type Course = readonly [well: number, failing: number];

interface Failure {
  /** Series that stay at a value. */
  readonly gauges?: Readonly<Record<string, Course>>;
  /** Series that grow by a value. */
  readonly counters?: Readonly<Record<string, Course>>;
  /** Labels that distinguish the alert from others of its name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds that the failure is remembered. */
  readonly window?: number;
}

const pod = { pod: "one" };
const volume = { persistentvolumeclaim: "data" };
const isGone = (job: string): Failure => ({ gauges: { [of("up", { job, ...pod })]: [1, 0] } });
const identity = (endpoint: string, code: string) =>
  of("http_requests_total", { job: "identity-server", endpoint, code });
const proxy = (metric: string, labels: Readonly<Record<string, string>>) =>
  of(`portcullis_${metric}`, { job: "proxy", ...labels });
const volumeOf = (free: number): Failure => ({
  gauges: {
    [of("kubelet_volume_stats_available_bytes", volume)]: [50, free],
    [of("kubelet_volume_stats_capacity_bytes", volume)]: [100, 100],
  },
  labels: volume,
});

/** What each alert is for, as the servers' series show it: several if it has several reasons. */
const failures: Readonly<Record<string, Failure | readonly Failure[]>> = {
  PortcullisProxyDown: [
    isGone("proxy"),
    { gauges: { [of("up", { job: "proxy", ...pod })]: [1, 1], [proxy("oathkeeper_up", pod)]: [1, 0] } },
  ],
  PortcullisIdentityServerDown: isGone("identity-server"),
  PortcullisDatabaseUnreachable: {
    counters: { [identity("/health/ready", "200")]: [3, 0], [identity("/health/ready", "503")]: [0, 3] },
  },
  PortcullisSessionCheckErrors: {
    counters: {
      [proxy("requests_total", { status_code: "200", decision: "allowed", reason: "session" })]: [60, 60],
      [proxy("requests_total", { status_code: "503", decision: "failed", reason: "unavailable" })]: [0, 1],
    },
  },
  PortcullisVolumeAlmostFull: volumeOf(9),
  PortcullisVolumeFilling: volumeOf(24),
  PortcullisSignInFlood: { counters: { [identity("/self-service/login/browser", "303")]: [30, 30 * STEP] } },
  PortcullisRulesOutdated: isGone("rules"),
  PortcullisRulesNotWritten: [
    { gauges: { [of("portcullis_rules_not_written", { job: "rules", ...pod })]: [0, 1] } },
    {
      counters: {
        [of("rest_client_requests_total", { job: "rules", method: "PUT", code: "200" })]: [1, 1],
        [of("rest_client_requests_total", { job: "rules", method: "PUT", code: "409" })]: [1, 1],
        [of("rest_client_requests_total", { job: "rules", method: "PUT", code: "403" })]: [0, 1],
      },
      window: 1200,
    },
  ],
  PortcullisRulesLeftOut: {
    gauges: { [proxy("rules_left_out", pod)]: [0, 1] },
    labels: { job: "proxy", ...pod },
  },
  PortcullisRulesBehind: {
    gauges: { [proxy("rules_behind_seconds", pod)]: [0, 90] },
    labels: { job: "proxy", ...pod },
  },
  PortcullisRulesNotFetched: {
    gauges: { [proxy("rules_answer_age_seconds", pod)]: [10, 150] },
    labels: { job: "proxy", ...pod },
  },
  PortcullisMostRequestsUnmatched: {
    counters: {
      [proxy("requests_total", { status_code: "200" })]: [20, 20],
      [proxy("requests_total", { status_code: "404" })]: [1, 40],
    },
  },
  PortcullisProxyErrors: {
    counters: {
      [proxy("requests_total", { status_code: "200" })]: [20, 20],
      [proxy("requests_total", { status_code: "502" })]: [0, 4],
    },
  },
  PortcullisServiceFailing: {
    counters: {
      [proxy("requests_total", { status_code: "200", decision: "allowed", rule: "busy" })]: [90, 90],
      [proxy("requests_total", { status_code: "200", decision: "allowed", rule: "small" })]: [2, 0],
      [proxy("requests_total", { status_code: "502", decision: "allowed", rule: "small" })]: [0, 2],
      [proxy("requests_total", { status_code: "401", decision: "refused", rule: "small" })]: [9, 9],
    },
    labels: { rule: "small" },
  },
  PortcullisServiceSlow: {
    counters: {
      [proxy("upstream_duration_seconds_bucket", { rule: "slow", le: "10.0" })]: [20, 10],
      [proxy("upstream_duration_seconds_count", { rule: "slow" })]: [20, 20],
    },
    labels: { rule: "slow" },
  },
  PortcullisRequestsUncounted: { counters: { [proxy("requests_uncounted_total", pod)]: [0, 1] } },
};

describe("Prometheus, with the alerts", () => {
  const all = alerts({ namespace });

  for (const { alert, for: waits, labels, annotations } of all) {
    it(`sends ${alert} once when its failure has lasted ${waits}, and ends it afterwards`, async () => {
      const ways = waysOf(alert);
      const patience = secondsOf(waits);
      const lasts = patience + WINDOW + STEP;
      await examine(
        ways.map((failure) => {
          const { window = WINDOW, labels: own } = failure;
          const fired = [{ exp_labels: { ...labels, namespace, ...own }, exp_annotations: annotations }];
          return {
            interval: `${STEP}s`,
            input_series: inputs(failure, { lasts, after: window + 2 * STEP }),
            alert_rule_test: [
              { at: WELL + patience, fired: [] },
              { at: WELL + lasts, fired },
              { at: WELL + lasts + window + STEP, fired: [] },
            ].map(({ at, fired: exp_alerts }) => ({ eval_time: `${at}s`, alertname: alert, exp_alerts })),
          };
        }),
      );
    });
  }

  for (const { alert, for: waits } of all) {
    it(`does not send ${alert} for what is over after ${STEP} s`, async () => {
      const after = secondsOf(waits) + WINDOW;
      await examine(
        waysOf(alert)
          .filter(({ window = WINDOW }) => window <= WINDOW)
          .map((failure) => ({
            interval: `${STEP}s`,
            input_series: inputs(failure, { lasts: STEP, after }),
            alert_rule_test: Array.from({ length: after / STEP }, (_, step) => ({
              eval_time: `${WELL + step * STEP}s`,
              alertname: alert,
              exp_alerts: [],
            })),
          })),
      );
    });
  }

  it("sends no alert whose words, here or in docs/monitoring.md, name a label that it lacks", async () => {
    const rows = (await page()).split("\n");
    let named = 0;
    for (const { alert, labels, annotations } of all) {
      const row = rows.find((line) => line.startsWith(`| \`${alert}\``)) ?? "";
      assert.notEqual(row, "", alert);
      for (const [, label = ""] of `${annotations.description} ${row}`.matchAll(/the label `?(\w+)/gi)) {
        named += 1;
        for (const way of waysOf(alert))
          assert.ok(label in { ...labels, ...way.labels }, `${alert}: ${label}`);
      }
    }
    assert.ok(named > 0);
  });

  describe("with the alerts of docs/monitoring.md for kube-state-metrics", () => {
    const interval = `${STEP}s`;
    const well = WELL / STEP;
    const critical = { severity: "critical", namespace };
    const warning = { severity: "warning", namespace };
    const at = (seconds: number, alertname: string, ...fired: object[]) => ({
      eval_time: `${seconds}s`,
      alertname,
      exp_alerts: fired.map((exp_labels) => ({ exp_labels })),
    });

    async function documented(tests: readonly object[]): Promise<void> {
      const [, text = ""] = /^```yaml\n(groups:[^]*?)^```/m.exec(await page()) ?? [];
      await examine(tests, parse(text.replaceAll('"portcullis"', `"${namespace}"`)));
    }

    it("reports parts without metrics whose pods are all away, until they are back", () => {
      const alert = "PortcullisPartAway";
      const names = ["login-ui", "identity-courier", "service-account-keys"];
      const deployments = names.map((name) => `access-${name}-1a2b3c4d`);
      const fired = deployments.map((deployment) => ({ ...critical, deployment }));
      return documented([
        {
          interval,
          input_series: ["access-proxy-1a2b3c4d", ...deployments].map((deployment) => ({
            series: of("kube_deployment_status_replicas_available", { deployment }),
            values: `1x${well} 0x20 1x10`,
          })),
          alert_rule_test: [at(WELL + 300, alert), at(WELL + 330, alert, ...fired), at(WELL + 780, alert)],
        },
      ]);
    });

    it("reports a clean-up that has not succeeded for an hour, or never", () => {
      const alert = "PortcullisCleanUpOverdue";
      const cronjob = "access-identity-cleanup-1a2b3c4d";
      const series = of("kube_cronjob_status_last_successful_time", { cronjob });
      const last = WELL + 3600;
      return documented([
        {
          interval,
          input_series: [{ series, values: `0+${STEP}x${well} ${WELL}x300` }],
          alert_rule_test: [at(last + 900, alert), at(last + 930, alert, { ...warning, cronjob })],
        },
        { interval, input_series: [], alert_rule_test: [at(870, alert), at(900, alert, warning)] },
      ]);
    });

    it("reports one pod of several that crashes again and again, until it has run for a while", () => {
      const alert = "PortcullisPodCrashes";
      const labels = { pod: "access-proxy-one", container: "nginx", reason: "CrashLoopBackOff" };
      const series = of("kube_pod_container_status_waiting_reason", labels);
      const crashes = Array<string>(12).fill("1 _ _").join(" ");
      return documented([
        {
          interval,
          input_series: [{ series, values: `_x${well + 1} ${crashes} _x20` }],
          alert_rule_test: [
            at(WELL + 600, alert),
            at(WELL + 630, alert, { ...warning, ...labels }),
            at(WELL + 36 * STEP + 300, alert),
          ],
        },
      ]);
    });
  });

  function waysOf(alert: string): readonly Failure[] {
    const ways = [failures[alert] ?? []].flat();
    if (ways.length === 0) throw new Error("nobody has said what it is there for");
    return ways;
  }

  /** Has promtool run tests of rules, by default those of a gateway, in a separate folder. */
  async function examine(
    tests: readonly object[],
    rules: unknown = { groups: [{ name: "portcullis", rules: all }] },
  ): Promise<void> {
    const folder = await mkdtemp(join(process.env["LOOPBACK_ROOT"] ?? "", "alerts-"));
    await writeFile(join(folder, "rules.yaml"), stringify(rules));
    const file = join(folder, "tests.yaml");
    await writeFile(file, stringify({ rule_files: ["rules.yaml"], evaluation_interval: `${STEP}s`, tests }));
    await run(process.env["PROMTOOL"] ?? "", ["test", "rules", file]);
  }
});

function inputs(
  { gauges = {}, counters = {} }: Failure,
  { lasts, after }: { readonly lasts: number; readonly after: number },
): object[] {
  const steps = (course: Course) => [
    ...Array<number>(WELL / STEP + 1).fill(course[0]),
    ...Array<number>(lasts / STEP).fill(course[1]),
    ...Array<number>(after / STEP).fill(course[0]),
  ];
  const sums = (values: readonly number[]) => {
    let sum = 0;
    return values.map((value) => (sum += value));
  };
  return [
    ...Object.entries(gauges).map(([series, course]) => ({ series, values: steps(course).join(" ") })),
    ...Object.entries(counters).map(([series, course]) => ({
      series,
      values: sums(steps(course)).join(" "),
    })),
  ];
}

function page(): Promise<string> {
  return readFile(join(checkout, "docs/monitoring.md"), "utf8");
}

function secondsOf(minutes: string): number {
  return 60 * Number.parseInt(minutes, 10);
}

/** A series of the gateway's namespace. */
function of(metric: string, labels: Readonly<Record<string, string>>): string {
  const all = Object.entries({ namespace, ...labels }).map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${all.join(",")}}`;
}
