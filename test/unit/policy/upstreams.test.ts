import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service, ServicePatch } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import assert from "node:assert/strict";
import { internalUpstreams } from "../../../policy/policies/internalUpstreams";
import { service, vmagent } from "../components/programs";
import { changeOf, describePolicy } from "./cases";
import { judge, unknownText } from "./harness";
import { joined, protectedStack, recording, withShop, type Recording } from "./programs";

const pod = "spec.template.spec";

describePolicy(internalUpstreams, {
  stack: withShop,
  subject: "Service shop",
  broken: [
    [
      "spec.type",
      "NodePort",
      /spec\.type: leads to a protected service and bypasses the login \(found "NodePort"\)/,
    ],
    ["spec.type", "LoadBalancer", /found "LoadBalancer"/],
    ["spec.externalIPs", ["192.0.2.1"], /spec\.externalIPs: leads to a protected service and bypasses/],
    ["spec.selector", undefined, /spec\.selector: leads a Rule to addresses that are written by hand/],
    [
      "spec",
      { type: "ExternalName", externalName: "shop.example.com" },
      /spec\.externalName: leads a Rule to an address that no NetworkPolicy isolates/,
    ],
  ],
  fine: [
    ["spec.type", "ClusterIP"],
    ["spec.clusterIP", "None"],
  ],
  unknown: ["spec.type"],
});

describePolicy(internalUpstreams, {
  stack: withShop,
  subject: "Deployment shop",
  broken: [
    [
      `${pod}.hostNetwork`,
      true,
      /spec\.template\.spec\.hostNetwork: leads to a protected service and bypasses/,
    ],
    [`${pod}.containers[0].ports[0].hostPort`, 8080, /containers\[0\]\.ports\[0\]\.hostPort/],
    [`${pod}.initContainers`, [{ ports: [{ hostPort: 8080 }] }], /initContainers\[0\]\.ports\[0\]\.hostPort/],
  ],
  fine: [[`${pod}.hostNetwork`, false]],
  unknown: [`${pod}.hostNetwork`],
});

describe("internal-upstreams", () => {
  const namespace = "shops";
  const violations = async (stack: Recording, options = {}) =>
    judge(internalUpstreams, await stack(), { options }).violations;
  const withSecond = (stack: Recording, spec: core.v1.ServiceSpec, metadata: object = { namespace }) =>
    joined(
      stack,
      recording(() => new Service("second", { metadata, spec })),
    );
  const port = [{ port: 80 }];

  it("finds a second Service of the pods of an upstream", async () => {
    for (const [selector, count] of [
      [{ app: "shop" }, 1],
      [{ app: "shop", shard: "1" }, 1],
      [{ tier: "web" }, 1],
      [{ app: "other" }, 0],
      [{ app: "other", tier: "web" }, 0],
    ] as const) {
      const second = withSecond(withShop, { type: "LoadBalancer", selector, ports: port });
      assert.equal((await violations(second)).length, count, JSON.stringify(selector));
      const inside = withSecond(withShop, { selector, ports: port });
      assert.deepEqual(await violations(inside), [], "a ClusterIP");
    }
    const spec = { type: "LoadBalancer", selector: { app: "shop" }, ports: port };
    assert.deepEqual(await violations(withSecond(withShop, spec, { namespace: "elsewhere" })), []);
  });

  it("recognises the pods of an upstream from elsewhere by its NetworkPolicy", async () => {
    const { namespace: of, pods: selector } = vmagent;
    const second = withSecond(protectedStack, { type: "NodePort", selector, ports: port }, { namespace: of });
    assert.equal((await violations(second)).length, 1);
    const pods = recording(
      () =>
        new Deployment("vmagent", {
          metadata: { namespace: of },
          spec: {
            selector: { matchLabels: selector },
            template: { metadata: { labels: selector }, spec: { hostNetwork: true, containers: [] } },
          },
        }),
    );
    assert.match(
      (await violations(joined(protectedStack, pods))).join(),
      /hostNetwork: leads to a protected/,
    );
  });

  it("recognises a Service from elsewhere by its name", async () => {
    const metadata = { name: vmagent.name, namespace: vmagent.namespace };
    const patch = recording(() => new ServicePatch("patch", { metadata, spec: { type: "NodePort" } }));
    assert.match((await violations(joined(protectedStack, patch))).join(), /^patch: spec\.type: leads to/);
    const open = recording(() => service({ isolation: "none" }));
    assert.equal((await violations(joined(open, patch))).length, 1, "without a NetworkPolicy too");
  });

  it("finds a second name of a protected service", async () => {
    const alias = (externalName: string) => withSecond(withShop, { type: "ExternalName", externalName });
    for (const name of ["shop", "shop.shops", "shop.shops.svc", "SHOP.shops.svc.cluster.local."])
      assert.match((await violations(alias(name))).join(), /externalName: is a second name of a protected/);
    for (const name of ["other.shops.svc", "shop.example.com", "shop.shops.example.com"])
      assert.deepEqual(await violations(alias(name)), [], name);
  });

  it("accepts an exempt Service, and only that", async () => {
    const second = withSecond(
      withShop,
      { type: "LoadBalancer", selector: { app: "shop" }, ports: port },
      { name: "public", namespace },
    );
    assert.deepEqual(await violations(second, { exempt: ["shops/public"] }), []);
    assert.equal((await violations(second, { exempt: ["shops/other"] })).length, 1);
  });

  it("waits for an update where an upstream is not known yet", async () => {
    const second = withSecond(withShop, { type: "NodePort", selector: { app: "other" }, ports: port });
    const stack = changeOf(await second(), "Rule shop", "spec.upstream.url", unknownText);
    assert.deepEqual(judge(internalUpstreams, stack), { violations: [], unknown: "spec.upstream.url" });
    const inside = changeOf(stack, "Service second", "spec.type", "ClusterIP");
    assert.deepEqual(judge(internalUpstreams, inside), { violations: [] });
  });
});
