import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import { Monitoring } from "../../../components/monitoring";
import { ComponentProblem } from "../../../components/shared/errors";
import { run, type Fields } from "../mocks";
import { gateway, ingressController } from "./programs";

const metricsFrom = [ingressController];
const everything = { serviceMonitors: true, alerts: true, dashboard: true } as const;

describe("the monitoring of a gateway", () => {
  it("creates nothing unless it is configured", async () => {
    for (const monitoring of [undefined, { serviceMonitors: false, alerts: false }]) {
      const { made } = await run(() => gateway({ metricsFrom, ...(monitoring && { monitoring }) }));
      assert.deepEqual(
        made.names.filter((name) => name.includes("monitoring")),
        [],
      );
    }
  });

  it("has the same alerts for either operator, only on series of its own namespace", async () => {
    const groups: unknown[] = [];
    for (const [operator, kind] of [
      ["prometheus", "monitoring.coreos.com/v1:PrometheusRule"],
      ["victoriaMetrics", "operator.victoriametrics.com/v1beta1:VMRule"],
    ] as const) {
      const { made } = await run(() => gateway({ metricsFrom, monitoring: { ...everything, operator } }));
      const { spec } = made.one(kind, "access-monitoring").inputs as {
        spec: { groups: { rules: { expr: string }[] }[] };
      };
      for (const { expr } of spec.groups[0]?.rules ?? [])
        for (const [selector] of expr.matchAll(/\{[^}]*\}/g))
          assert.match(selector, /namespace="portcullis"/);
      groups.push(spec.groups);
    }
    assert.deepEqual(groups[0], groups[1]);
  });

  it("gives every alert its namespace for Alertmanager's routing, even if the namespace is an output", async () => {
    const kind = "monitoring.coreos.com/v1:PrometheusRule";
    for (const [namespace, make] of [
      ["portcullis", () => gateway({ metricsFrom, monitoring: everything })],
      [
        "told-later",
        () => new Monitoring("access-monitoring", { ...everything, namespace: output("told-later") }),
      ],
    ] as const) {
      const { made } = await run<unknown>(make);
      const { spec } = made.one(kind, "access-monitoring").inputs as {
        spec: { groups: { rules: { labels: Fields }[] }[] };
      };
      const labels = spec.groups[0]?.rules.map((rule) => rule.labels["namespace"]) ?? [];
      assert.ok(labels.length > 10);
      assert.deepEqual([...new Set(labels)], [namespace]);
    }
  });

  it("drops the label `endpoint` of the operators, so that Kratos' own remains", async () => {
    for (const [operator, kind, field] of [
      ["prometheus", "monitoring.coreos.com/v1:ServiceMonitor", "relabelings"],
      ["victoriaMetrics", "operator.victoriametrics.com/v1beta1:VMServiceScrape", "relabelConfigs"],
    ] as const) {
      const { made } = await run(() => gateway({ metricsFrom, monitoring: { ...everything, operator } }));
      const { spec } = made.one(kind, "access-monitoring").inputs as { spec: { endpoints: Fields[] } };
      assert.deepEqual(
        spec.endpoints.map((endpoint) => endpoint[field]),
        [[{ action: "labeldrop", regex: "endpoint" }]],
      );
    }
  });

  it("exposes the identity server's metrics without its admin API", async () => {
    const { made } = await run(() => gateway({ metricsFrom }));
    const files = made.one(":ConfigMap", "access-identity").inputs["data"] as Record<string, string>;
    const server = (files["front.conf"] ?? "")
      .split(/^ {2}server \{$/m)
      .find((text) => text.includes("listen 4435;"));
    const paths = [...(server ?? "").matchAll(/location (.*) \{/g)].map(([, path]) => path);
    assert.deepEqual(paths, ["= /metrics", "/"]);
    const { made: without } = await run(() => gateway());
    assert.ok(!without.has(":Service", "access-identity-metrics"));
    const { data } = without.one(":ConfigMap", "access-identity").inputs as { data: Record<string, string> };
    assert.doesNotMatch(data["front.conf"] ?? "", /4435/);
  });

  it("has a dashboard whose uid Grafana accepts, and which differs between namespaces with long names", async () => {
    const uids: string[] = [];
    for (const end of ["a", "b"]) {
      const name = `${"n".repeat(62)}${end}`;
      const { made } = await run(() => gateway({ namespace: { name }, metricsFrom, monitoring: everything }));
      const { data } = made.one(":ConfigMap", "access-monitoring-dashboard").inputs as {
        data: Record<string, string>;
      };
      const { uid } = JSON.parse(data["portcullis.json"] ?? "") as { uid: string };
      assert.match(uid, /^[\w-]{1,40}$/);
      uids.push(uid);
    }
    assert.notEqual(uids[0], uids[1]);
  });

  it("is refused when no scraper is admitted", async () => {
    await assert.rejects(
      run(() => gateway({ monitoring: everything })),
      (error) => error instanceof ComponentProblem && error.problems[0]?.path === "args.metricsFrom",
    );
  });
});
