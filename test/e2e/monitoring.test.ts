import assert from "node:assert/strict";
import { join } from "node:path";
import { withBrowsers } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/cluster";
import { eventually } from "../../cli/shared/eventually";
import { checkout } from "../../dev/checkout";
import { runStack } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { alerts } from "../../documents/prometheus/alerts";
import { panels } from "../../documents/prometheus/dashboard";
import { series, signInStarts, type Job, type Scope } from "../../documents/prometheus/scope";
import { testCluster } from "../cluster/run";
import { installDefinitions, removeDefinitions } from "./definitions";

const storage = "/api/v1/namespaces/monitoring/services/victoria-metrics:8428/proxy";
const services: Readonly<Record<Job, string>> = {
  proxy: "portcullis-proxy-metrics",
  "identity-server": "portcullis-identity-metrics",
  rules: "portcullis-rules-metrics",
};

const jobs = ["proxy", "identity-server", "rules"] as const satisfies readonly Job[];

interface MetricsPod {
  readonly name: string;
  readonly port: number;
}

/** Its lists are null until the first pod is there. */
interface EndpointSlice {
  readonly endpoints: readonly { readonly targetRef: { readonly name: string } }[] | null;
  readonly ports: readonly { readonly port: number }[] | null;
}

describe("the monitoring of the dev stack", () => {
  let cluster: DevCluster;
  let namespace: string;

  before(async () => {
    cluster = await testCluster();
    const devStack = new DevStack(cluster, progress());
    const target = await devStack.up();
    namespace = target.namespace;
    await installDefinitions(cluster, "prometheusOperator");
    const overlay = {
      ...(await devStack.overlay()),
      "portcullis:metricsFrom": { value: [{ namespaceSelector: { matchLabels: { scraper: "yes" } } }] },
      "portcullis:monitoring": { value: { serviceMonitors: true, alerts: true, dashboard: true } },
    };
    await runStack({ command: "up", stack: "dev", program: join(checkout, "index.ts"), cluster, overlay });
    // A pod that is on its way out may have served the sign-in, and no later scrape sees it.
    await withBrowsers([], (fresh) =>
      eventually(async () => {
        const browser = fresh();
        await signIn(browser, target.service, "stub", people.admitted);
        await scrape();
        await browser.ask(target.service);
        await scrape();
        const starts = await query(series({ namespace }, ...signInStarts));
        assert.ok(starts.length > 0, "no pod behind the Service has served the start of a sign-in");
      }),
    );
  });
  after(async () => {
    await new DevStack(cluster, progress()).up();
    await removeDefinitions(cluster, "prometheusOperator");
  });

  it("consists of objects that the API server took, with the operator's definitions", async () => {
    for (const kind of ["servicemonitor", "prometheusrule"])
      assert.match(
        await kubectl(cluster, ["get", kind, "-n", namespace, "-o", "name"]),
        /portcullis-monitoring/,
      );
  });

  it("asks only for series that the real servers have", async () => {
    const scope = { namespace };
    const queries = [
      ...alerts(scope).map(({ expr }) => expr),
      ...panels(scope).flatMap((panel) => panel.queries.map(({ expr }) => expr)),
    ];
    const selectors = new Set(
      queries.flatMap((query) => [...query.matchAll(/\w+\{[^}]*\}/g)].map(([one]) => one)),
    );
    assert.ok(selectors.size > 10);
    const empty: string[] = [];
    for (const selector of selectors) {
      // Failures have not happened, so their codes are not there; the label is.
      const anyCode = selector.replace(/\b(status_)?code(=~?)"[^"]*"/, '$1code!=""');
      if ((await query(anyCode)).length === 0) empty.push(selector);
    }
    assert.deepEqual(empty, []);
  });

  it("has queries that the server evaluates, and no alert while all is well", async () => {
    for (const { queries } of panels({ namespace })) for (const { expr } of queries) await query(expr);
    assert.deepEqual(await firing({ namespace }), []);
  });

  it("has alerts of which each one fires where everything fails", async () => {
    const broken = "broken";
    const counters: Readonly<Record<Job, readonly string[]>> = {
      proxy: [
        ...['404"} 9', '502"} 1'].map((rest) => `portcullis_requests_total{status_code="${rest}`),
        ...['bucket{rule="slow.team",le="10"} 1', 'count{rule="slow.team"} 9'].map(
          (rest) => `portcullis_upstream_duration_seconds_${rest}`,
        ),
        "portcullis_rules_left_out 1",
        "portcullis_rules_behind_seconds 70",
      ],
      "identity-server": [
        ...["/health/ready", "/sessions/whoami"].map(
          (endpoint) => `http_requests_total{endpoint="${endpoint}",code="503"} 1`,
        ),
        'http_requests_total{endpoint="/self-service/login/browser",code="303"} 1000',
      ],
      rules: ['controller_runtime_reconcile_errors_total{controller="rule"} 1'],
    };
    const now = Date.now();
    for (const job of jobs) {
      const risen = counters[job].flatMap((line) => [`${line} ${now - 60_000}`, `${line}0 ${now}`]);
      await store(broken, job, "pod", [...risen, "up 0", ""].join("\n"));
    }
    const volume = ["available_bytes 1", "capacity_bytes 100"].map(
      (rest) => `kubelet_volume_stats_${rest}\n`,
    );
    await store(broken, "kubelet", "node", volume.join(""));
    const names = alerts({ namespace: broken }).map(({ alert }) => alert);
    await eventually(async () => {
      assert.deepEqual(await firing({ namespace: broken }), names);
    });
  });

  it("hands out the identity server's metrics and nothing else of the admin API", async () => {
    for (const pod of await podsBehind(services["identity-server"]))
      for (const path of ["admin/identities", "admin/metrics/prometheus"])
        await assert.rejects(kubectl(cluster, ["get", "--raw", `${addressOf(pod)}/${path}`]), /NotFound|404/);
  });

  async function firing(scope: Scope): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { alert, expr } of alerts(scope)) if ((await query(expr)).length > 0) names.push(alert);
    return names;
  }

  /** Hands every pod's own answer to the demo's victoria-metrics, with the labels that a ServiceMonitor gives. */
  async function scrape(): Promise<void> {
    for (const job of jobs)
      for (const pod of await eventually(() => podsBehind(services[job]))) {
        const metrics = await kubectl(cluster, ["get", "--raw", `${addressOf(pod)}/metrics`]);
        await store(namespace, job, pod.name, `${metrics}\nup 1\n`);
      }
    await eventually(async () => {
      const volumes = (await kubeletMetrics()).filter((line) => line.includes(`namespace="${namespace}"`));
      assert.ok(volumes.length > 0, "the kubelet tells nothing of the gateway's volumes");
      await store(namespace, "kubelet", "node", `${volumes.join("\n")}\n`);
    });
    await eventually(async () => {
      assert.equal((await query(`count by (job) (up{namespace="${namespace}"})`)).length, 3);
    });
  }

  /** What every node's kubelet tells of volumes, all of it 1: a volume here is a folder of the machine's own, full disk. */
  async function kubeletMetrics(): Promise<string[]> {
    const nodes = await kubectl(cluster, ["get", "nodes", "--output=name"]);
    const answers = nodes
      .trim()
      .split("\n")
      .map((node) =>
        kubectl(cluster, ["get", "--raw", `/api/v1/${node.replace(/^node/, "nodes")}/proxy/metrics`]),
      );
    return (await Promise.all(answers)).flatMap((text) =>
      [...text.matchAll(/^kubelet_volume_stats_\w+\{.*\}/gm)].map(([series]) => `${series} 1`),
    );
  }

  async function store(of: string, job: Job | "kubelet", instance: string, metrics: string): Promise<void> {
    const labels = [`job=${job}`, `namespace=${of}`, `instance=${instance}`];
    const path = `${storage}/api/v1/import/prometheus?${labels.map((label) => `extra_label=${label}`).join("&")}`;
    await kubectl(cluster, ["create", "--raw", path, "--filename=-"], metrics);
  }

  function addressOf({ name, port }: MetricsPod): string {
    return `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy`;
  }

  async function podsBehind(service: string): Promise<readonly MetricsPod[]> {
    const label = `kubernetes.io/service-name=${service}`;
    const slices = JSON.parse(
      await kubectl(cluster, ["get", "endpointslices", "-n", namespace, "-l", label, "-o", "json"]),
    ) as { items: EndpointSlice[] };
    const pods = slices.items.flatMap(({ endpoints, ports }) =>
      (ports ?? []).flatMap(({ port }) =>
        (endpoints ?? []).map(({ targetRef }) => ({ name: targetRef.name, port })),
      ),
    );
    assert.ok(pods.length > 0, `no pod is behind ${service}`);
    return pods;
  }

  async function query(text: string): Promise<readonly unknown[]> {
    const path = `${storage}/api/v1/query?nocache=1&latency_offset=1s&query=${encodeURIComponent(text)}`;
    const answer = JSON.parse(await kubectl(cluster, ["get", "--raw", path])) as {
      data: { result: unknown[] };
    };
    return answer.data.result;
  }
});
