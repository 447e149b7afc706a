import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { runningPods } from "../../cli/shared/pods";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { podLabels, type Role } from "../../components/shared/labels";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack, echoService } from "../../dev/devStack";
import { fixtureDnsName } from "../../dev/fixtures/manifests";
import { kubectl } from "../../dev/kubectl";
import { alerts } from "../../documents/prometheus/alerts";
import { panels } from "../../documents/prometheus/dashboard";
import type { Job } from "../../documents/prometheus/scope";
import { enter } from "../cluster/enter";
import type { Stream } from "../cluster/load";
import { testCluster } from "../cluster/run";
import { database, deploymentOf, takeAway, withoutDatabase } from "../cluster/workloads";
import {
  fillMemoryOfProxy,
  forbidWritesOfOperator,
  haveRule,
  inTurn,
  keepAsking,
  type End,
} from "./failures";
import { Alerting, namesOf, notOfVolumes, ofVolume } from "./operators/alerting";
import { PrometheusOperator } from "./operators/prometheusOperator";
import { SmallDisk } from "./smallDisk";
import { serviceUrl } from "../cluster/serviceUrl";

const jobs = ["proxy", "identity-server", "rules"] as const satisfies readonly (Job & Role)[];

/** The port of Kratos' metrics, without the rest of its admin API. */
const IDENTITY_METRICS_PORT = 4435;

/** Free space on the database's disk before and after it is filled, in MiB: of some 150, half and a twentieth. */
const [ROOM, LITTLE_ROOM] = [96, 6];

const settings = {
  "portcullis:metricsFrom": { value: [PrometheusOperator.scraper] },
  "portcullis:monitoring": {
    value: { serviceMonitors: true, alerts: true, dashboard: true, labels: PrometheusOperator.labels },
  },
  // All requests of a test come from one address, those of a flood from many.
  "portcullis:signInLimits": { value: { starts: { perMinute: 6000, burst: 100 } } },
};

describe("a gateway that the prometheus-operator watches", () => {
  let cluster: DevCluster;
  let operator: PrometheusOperator;
  let target: Target;
  let namespace: string;
  let alerting: Alerting;

  before(async function () {
    this.timeout(900_000); // Go builds the operator and Prometheus the first time
    cluster = await testCluster();
    operator = await PrometheusOperator.install(cluster, progress());
    const options = { settings, route: { wildcard: true }, services: { echo: echoService } };
    target = await new DevStack(cluster, progress(), options).up();
    namespace = target.namespace;
    alerting = new Alerting(cluster, operator, namespace);
    await alerting.hasten();
    await operator.scrape();
  });
  after(async () => {
    await new DevStack(cluster, progress()).up();
    await operator.remove();
  });

  it("lets its Prometheus scrape every pod's metrics", async () => {
    const expected = await Promise.all(
      jobs.map(async (job) => {
        const pods = await runningPods(cluster, namespace, podLabels(job));
        return pods.map((pod) => `${job} ${pod} up`);
      }),
    );
    await eventually(async () => {
      const scraped = (await operator.targets()).filter(({ labels }) =>
        jobs.some((job) => job === labels.job),
      );
      const told = scraped.map(({ labels: { job, pod }, health }) => `${job} ${pod} ${health}`);
      assert.deepEqual(told.sort(), expected.flat().sort(), JSON.stringify(scraped));
    });
  });

  it("has alerts that Prometheus accepts, and none is pending while all is well", async () => {
    const names = alerts({ namespace }).map(({ alert }) => alert);
    await eventually(async () => {
      const taken = (await operator.rules()).flatMap(({ rules }) => rules);
      assert.deepEqual(
        taken.map(({ name, health }) => `${name} ${health}`),
        names.map((name) => `${name} ok`),
      );
    });
    await eventually(async () => {
      assert.deepEqual(namesOf((await operator.pending()).filter(notOfVolumes)), []);
    });
  });

  it("has queries that name only series of its servers and of the kubelet", async () => {
    const all = queries().flatMap((query) => [...query.matchAll(/\w+\{[^}]*\}/g)].map(([one]) => one));
    // No failure has happened, so there are no series with their codes and reasons; the label exists.
    const selectors = [
      ...new Set(all.map((one) => one.replace(/\b(status_code|code|reason)=~?"[^"]*"/, '$1!=""'))),
    ];
    assert.ok(selectors.length > 10);
    const empty = selectors.map(
      (one) => `label_replace(absent(${one}), "empty", ${JSON.stringify(one)}, "", "")`,
    );
    await withBrowsers([], (fresh) =>
      eventually(async () => {
        // A terminating pod may have served the sign-in, and no later scrape sees it.
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

  it("alerts once for parts that are away and a Rule that no proxy can follow, until both are over", () =>
    alerting.tellsOnce(
      [
        "PortcullisIdentityServerDown",
        "PortcullisRulesLeftOut",
        "PortcullisRulesNotFetched",
        "PortcullisRulesOutdated",
      ],
      async () => {
        // Rules of the gateway's own namespace may name any upstream; the proxies follow none to themselves.
        const forget = await haveRule(cluster, namespace, {
          host: hostOf("itself"),
          upstream: "http://127.0.0.1",
        });
        await isSeen("portcullis_rules_left_out > 0");
        const parts = ["identity-server", "rules"] as const;
        const workloads = await Promise.all(parts.map((part) => deploymentOf(cluster, namespace, part)));
        const comeBack = await takeAway(cluster, ...workloads);
        return inTurn([comeBack, forget]);
      },
    ));

  it("alerts once for failing requests, for an absent database, and for an absent proxy", async () => {
    await withBrowsers([], async (fresh) => {
      const [somebody, nobody] = [fresh(), fresh()];
      await enter(somebody, target.service, people.admitted);
      const unknown = new URL(target.service);
      unknown.host = hostOf("unknown");
      await alerting.tellsOnce(
        [
          "PortcullisDatabaseUnreachable",
          "PortcullisMostRequestsUnmatched",
          "PortcullisProxyErrors",
          "PortcullisSessionCheckErrors",
        ],
        async () => {
          const ends = [await takeAway(cluster, { name: database.name, namespace })];
          ends.push(
            keepAsking({
              nobody: asking(() => nobody.ask(unknown.href), 8),
              somebody: asking(() => somebody.ask(target.service), 4),
            }),
          );
          return inTurn(ends);
        },
      );
    });
    await alerting.tellsOnce(["PortcullisProxyDown"], async () =>
      takeAway(cluster, await deploymentOf(cluster, namespace, "proxy")),
    );
  });

  it("alerts once for a flood of sign-ins, slow and failing services, and Rules that do not come into force", () =>
    withBrowsers([], async (fresh) => {
      const [somebody, nobody] = [fresh(), fresh()];
      const slow = new URL("/slow", serviceUrl(target, "echo"));
      await enter(somebody, new URL("/", slow).href, people.admitted);
      const start = new URL("/self-service/login/browser", target.identityServer);
      await alerting.tellsOnce(
        [
          "PortcullisProxyErrors",
          "PortcullisRulesBehind",
          "PortcullisRulesNotWritten",
          "PortcullisServiceFailing",
          "PortcullisServiceSlow",
          "PortcullisSignInFlood",
        ],
        async () => {
          const upstream = `http://${fixtureDnsName("echo")}`;
          const ends: End[] = [await fillMemoryOfProxy(cluster, namespace)];
          ends.push(await haveRule(cluster, namespace, { host: hostOf("first"), upstream }));
          await isSeen("portcullis_rules_behind_seconds > 0");
          const invalid = { host: hostOf("invalid"), upstream, authenticator: "unheard_of" };
          ends.push(await haveRule(cluster, namespace, invalid));
          await isSeen("portcullis_rules_not_written > 0");
          ends.push(await forbidWritesOfOperator(cluster));
          ends.push(await haveRule(cluster, namespace, { host: hostOf("second"), upstream }));
          ends.push(await takeAway(cluster, { name: "deployment/vmagent", namespace: "monitoring" }));
          ends.push(
            keepAsking({
              ofOneThatIsDown: asking(() => somebody.ask(serviceUrl(target, "vmagent")), 2),
              nobody: asking(() => nobody.ask(start.href), 40),
              somebody: asking(() => somebody.ask(slow.href), 1),
            }),
          );
          return inTurn(ends);
        },
      );
    }));

  it("alerts once for a volume that fills", async () => {
    const disk = await SmallDisk.of(cluster, namespace, database.pod);
    try {
      await withoutDatabase(cluster, namespace, () => disk.shrink(ROOM));
      await alerting.tellsOnce(
        ["PortcullisVolumeAlmostFull", "PortcullisVolumeFilling"],
        async () => {
          await disk.fillUpTo(LITTLE_ROOM);
          return () => disk.free();
        },
        ofVolume(disk.claim),
      );
    } finally {
      await withoutDatabase(cluster, namespace, () => disk.restore());
    }
  });

  it("serves the identity server's metrics and nothing else of the admin API", async () => {
    for (const pod of await runningPods(cluster, namespace, podLabels("identity-server")))
      for (const path of ["admin/identities", "admin/metrics/prometheus"]) {
        const url = `/api/v1/namespaces/${namespace}/pods/${pod}:${IDENTITY_METRICS_PORT}/proxy/${path}`;
        await assert.rejects(kubectl(cluster, ["get", "--raw", url]), /NotFound|404/);
      }
  });

  /** A host of the gateway's domain, with its port. */
  function hostOf(name: string): string {
    return new URL(target.service).host.replace(/^[^.]+/, name);
  }

  async function isSeen(query: string): Promise<void> {
    await eventually(async () => {
      assert.ok((await operator.query(query)).length > 0, `nothing is seen of ${query}`);
    });
  }

  /** All queries of Prometheus and Grafana. */
  function queries(): readonly string[] {
    return [
      ...alerts({ namespace }).map(({ expr }) => expr),
      ...panels({ namespace }).flatMap((panel) => panel.queries.map(({ expr }) => expr)),
    ];
  }
});

function asking(ask: Stream["ask"], perSecond: number): Stream {
  return { ask, perSecond, expected: () => true };
}
