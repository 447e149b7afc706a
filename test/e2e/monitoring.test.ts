import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../cli/shared/eventually";
import { runningPods } from "../../cli/shared/pods";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { podLabels, type Role } from "../../components/shared/labels";
import type { DevCluster } from "../../dev/cluster";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { parseDomain } from "../../documents/oathkeeper/hosts";
import { accessRules, ruleApiVersion, ruleFinalizer, ruleKind } from "../../documents/oathkeeper/rules";
import { alerts } from "../../documents/prometheus/alerts";
import { panels } from "../../documents/prometheus/dashboard";
import type { Job } from "../../documents/prometheus/scope";
import { enter } from "../cluster/enter";
import { testCluster } from "../cluster/run";
import { deploymentOf, takeAway } from "../cluster/workloads";
import { PrometheusOperator, type ToldAlert } from "./operators/prometheusOperator";

const jobs = ["proxy", "identity-server", "rules"] as const satisfies readonly (Job & Role)[];

/** A test does not wait for half a minute until it is scraped, nor for minutes until an alert is sent. */
const SCRAPE_INTERVAL = "1s";
const PATIENCE = "3s";
const SECONDS_OF_AN_ALERT = 90;
/** Where Kratos' metrics are, without what else its admin API has. */
const IDENTITY_METRICS_PORT = 4435;

/** The time over which rates are taken, and what they are taken over here, so that they are over soon after a failure. */
const [WINDOW, SHORT_WINDOW] = ["[5m]", "[15s]"];
/** More than half of all requests. */
const UNKNOWN_HOSTS_ASKED = 8;

/** The alerts that the cluster is given the failures of. */
const drilled = [
  "PortcullisDatabaseUnreachable",
  "PortcullisIdentityServerDown",
  "PortcullisMostRequestsUnmatched",
  "PortcullisProxyDown",
  "PortcullisProxyErrors",
  "PortcullisRulesLeftOut",
  "PortcullisRulesOutdated",
];
/** They tell of the machine's own disk. */
const ofVolumes = "PortcullisVolume";

const settings = {
  "portcullis:metricsFrom": { value: [PrometheusOperator.scraper] },
  "portcullis:monitoring": {
    value: { serviceMonitors: true, alerts: true, dashboard: true, labels: PrometheusOperator.labels },
  },
};

describe("a gateway that the prometheus-operator watches", () => {
  let cluster: DevCluster;
  let operator: PrometheusOperator;
  let target: Target;
  let namespace: string;

  before(async function () {
    this.timeout(900_000); // Go builds the operator and Prometheus the first time
    cluster = await testCluster();
    operator = await PrometheusOperator.install(cluster, progress());
    target = await new DevStack(cluster, progress(), { settings, route: { wildcard: true } }).up();
    namespace = target.namespace;
    await hasten();
    await operator.scrape();
  });
  after(async () => {
    await new DevStack(cluster, progress()).up();
    await operator.remove();
  });

  it("lets its Prometheus in at the metrics of every pod", async () => {
    const expected = await Promise.all(
      jobs.map(async (job) => {
        const pods = await runningPods(cluster, namespace, podLabels(job));
        return pods.map((pod) => `${job} ${pod} up`);
      }),
    );
    await eventually(async () => {
      const scraped = await operator.targets();
      const told = scraped.map(({ labels: { job, pod }, health }) => `${job} ${pod} ${health}`);
      assert.deepEqual(told.sort(), expected.flat().sort(), JSON.stringify(scraped));
    });
  });

  it("has alerts that it takes, of which none is sent while all is well", async () => {
    const names = alerts({ namespace }).map(({ alert }) => alert);
    await eventually(async () => {
      const taken = (await operator.rules()).flatMap(({ rules }) => rules);
      assert.deepEqual(
        taken.map(({ name, health }) => `${name} ${health}`),
        names.map((name) => `${name} ok`),
      );
    });
    await eventually(async () => {
      assert.deepEqual(namesOf(await operator.pending()), []);
    });
  });

  it("is asked only for series that its servers and the kubelet have", async () => {
    const all = queries().flatMap((query) => [...query.matchAll(/\w+\{[^}]*\}/g)].map(([one]) => one));
    // Failures have not happened, so their codes are not there; the label is.
    const selectors = [
      ...new Set(all.map((one) => one.replace(/\b(status_)?code(=~?)"[^"]*"/, '$1code!=""'))),
    ];
    assert.ok(selectors.length > 10);
    const ofKubelet = selectors.filter((one) => one.startsWith("kubelet_"));
    const empty = selectors
      .filter((one) => !ofKubelet.includes(one))
      .map((one) => `label_replace(absent(${one}), "empty", ${JSON.stringify(one)}, "", "")`);
    await withBrowsers([], (fresh) =>
      eventually(async () => {
        // A pod that is on its way out may have served the sign-in, and no later scrape sees it.
        const browser = fresh();
        await signIn(browser, target.service, "stub", people.admitted);
        await browser.ask(target.service);
        const found = await operator.query(empty.join(" or "));
        assert.deepEqual(
          found.map(({ metric }) => metric["empty"]),
          [],
        );
      }),
    );
    assert.deepEqual(ofKubelet.map(metricOf).sort(), (await kubeletMetrics()).sort());
  });

  it("has queries that VictoriaMetrics evaluates too", async () => {
    const storage = "/api/v1/namespaces/monitoring/services/victoria-metrics:8428/proxy";
    const all = queries()
      .map((query) => `(${query})`)
      .join(" or ");
    await kubectl(cluster, [
      "get",
      "--raw",
      `${storage}/api/v1/query?query=${encodeURIComponent(`count(${all})`)}`,
    ]);
  });

  it("tells the Alertmanager once of parts that are away and of a Rule that no proxy can follow, until that is over", async () => {
    await kubectl(cluster, ["create", "--filename", "-"], JSON.stringify(impossibleRule()));
    const expected = ["PortcullisIdentityServerDown", "PortcullisRulesLeftOut", "PortcullisRulesOutdated"];
    await tellsOnce(expected, async () => {
      await eventually(async () => {
        assert.ok((await operator.query("portcullis_rules_left_out > 0")).length > 0);
      });
      const comeBack = await away("identity-server", "rules");
      return async () => {
        await comeBack();
        await kubectl(cluster, ["delete", RULES, IMPOSSIBLE, "--namespace", namespace, "--wait=false"]);
      };
    });
  });

  it("tells it once of requests that fail, of a database that is away, and of the proxy", async () => {
    await withBrowsers([], async (fresh) => {
      const [somebody, nobody] = [fresh(), fresh()];
      await enter(somebody, target.service, people.admitted);
      const unknown = new URL(target.service);
      unknown.hostname = unknown.hostname.replace(/^[^.]+/, "unknown");
      const ask = () =>
        Promise.all([
          ...Array.from({ length: UNKNOWN_HOSTS_ASKED }, () => nobody.ask(unknown.href)),
          somebody.ask(target.service),
        ]);
      const expected = [
        "PortcullisDatabaseUnreachable",
        "PortcullisMostRequestsUnmatched",
        "PortcullisProxyErrors",
      ];
      const database = { name: "statefulset/portcullis-postgres", namespace };
      const upstream = { name: "deployment/vmagent", namespace: "monitoring" };
      await tellsOnce(expected, () => takeAway(cluster, database, upstream), ask);
    });
    await tellsOnce(["PortcullisProxyDown"], () => away("proxy"));
  });

  it("hands out the identity server's metrics and nothing else of the admin API", async () => {
    for (const pod of await runningPods(cluster, namespace, podLabels("identity-server")))
      for (const path of ["admin/identities", "admin/metrics/prometheus"]) {
        const url = `/api/v1/namespaces/${namespace}/pods/${pod}:${IDENTITY_METRICS_PORT}/proxy/${path}`;
        await assert.rejects(kubectl(cluster, ["get", "--raw", url]), /NotFound|404/);
      }
  });

  /** Shortens what the tests would wait for in the gateway's own objects, before the operator's Prometheus reads them. */
  async function hasten(): Promise<void> {
    await patch("servicemonitor", [replaced("/spec/endpoints/0/interval", SCRAPE_INTERVAL)]);
    const hastened = alerts({ namespace }).flatMap(({ alert, expr }, index) => {
      const rule = `/spec/groups/0/rules/${index}`;
      return drilled.includes(alert)
        ? [replaced(`${rule}/for`, PATIENCE), replaced(`${rule}/expr`, expr.replaceAll(WINDOW, SHORT_WINDOW))]
        : [];
    });
    assert.equal(hastened.length, 2 * drilled.length);
    await patch("prometheusrule", hastened);
  }

  async function patch(kind: string, operations: readonly object[]): Promise<void> {
    const name = (await kubectl(cluster, ["get", kind, "-n", namespace, "-o", "name"])).trim();
    const json = JSON.stringify(operations);
    await kubectl(cluster, ["patch", name, "-n", namespace, "--type", "json", "--patch", json]);
  }

  /**
   * Waits for the alerts of a failure, and for their end.
   *
   * @param fail begins the failure, and returns what ends it
   * @param ask what is asked again and again meanwhile
   */
  async function tellsOnce(
    expected: readonly string[],
    fail: () => Promise<() => Promise<void>>,
    ask: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    const begun = new Map<string, Set<string>>();
    const received = async () => {
      const now = await operator.received();
      for (const { labels, startsAt } of now) {
        const { alertname, ...others } = labels;
        const one = `${alertname} ${JSON.stringify(others)}`;
        begun.set(one, (begun.get(one) ?? new Set()).add(startsAt));
      }
      return namesOf(now);
    };
    const end = await fail();
    const seconds = SECONDS_OF_AN_ALERT;
    const began = async () => {
      await ask();
      assert.deepEqual(await received(), expected);
    };
    await eventually(began, { seconds }).finally(end);
    const over = async () => {
      assert.deepEqual(await received(), []);
    };
    await eventually(over, { seconds });
    await sleep(1000);
    await over();
    for (const [alert, times] of begun) assert.equal(times.size, 1, `${alert} began ${times.size} times`);
  }

  /** Takes parts of the gateway away, and returns what brings them back. */
  async function away(...parts: Role[]): Promise<() => Promise<void>> {
    return takeAway(
      cluster,
      ...(await Promise.all(parts.map((part) => deploymentOf(cluster, namespace, part)))),
    );
  }

  /** All that Prometheus and Grafana ask. */
  function queries(): readonly string[] {
    return [
      ...alerts({ namespace }).map(({ expr }) => expr),
      ...panels({ namespace }).flatMap((panel) => panel.queries.map(({ expr }) => expr)),
    ];
  }

  /** Rules of the gateway's own namespace may have any upstream; the proxies follow none to themselves. */
  function impossibleRule(): object {
    const domain = parseDomain(new URL(target.service).host.replace(/^[^.]+\./, ""));
    const host = `${IMPOSSIBLE}.${domain.name}`;
    const [rule] = accessRules({ scheme: "http", domain, hosts: [host], methods: ["GET"] });
    return {
      apiVersion: ruleApiVersion,
      kind: ruleKind,
      metadata: { name: IMPOSSIBLE, namespace, finalizers: [ruleFinalizer] },
      spec: rule.withUpstream("http://127.0.0.1"),
    };
  }

  /** What the kubelets tell of the gateway's volumes and is asked for. */
  async function kubeletMetrics(): Promise<string[]> {
    return eventually(async () => {
      const nodes = (await kubectl(cluster, ["get", "nodes", "--output=name"])).trim().split("\n");
      const answers = await Promise.all(
        nodes.map((node) =>
          kubectl(cluster, ["get", "--raw", `/api/v1/${node.replace(/^node/, "nodes")}/proxy/metrics`]),
        ),
      );
      const metrics = answers
        .flatMap((text) => text.split("\n"))
        .filter((line) => /_(available|capacity)_bytes\{/.test(line))
        .filter((line) => line.startsWith("kubelet_volume_") && line.includes(`namespace="${namespace}"`))
        .map(metricOf);
      assert.ok(metrics.length > 0, "the kubelet tells nothing of the gateway's volumes");
      return [...new Set(metrics)];
    });
  }
});

const IMPOSSIBLE = "impossible";
const RULES = "rules.oathkeeper.ory.sh";

function metricOf(series: string): string {
  return series.slice(0, series.indexOf("{"));
}

function replaced(path: string, value: string): object {
  return { op: "replace", path, value };
}

/** Each name once, without those that tell of the machine's own disk. */
function namesOf(told: readonly ToldAlert[]): string[] {
  const names = told.map(({ labels }) => labels.alertname).filter((name) => !name.startsWith(ofVolumes));
  return [...new Set(names)].sort();
}
