import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import assert from "node:assert/strict";
import { routesToProxy } from "../../../policy/policies/routesToProxy";
import { changeOf } from "./cases";
import { judge, unknownText, type Circumstances, type Resource } from "./harness";
import { gatewayNamespace, joined, protectedStack, proxyService, recording, serviceHost } from "./programs";

const metadata = { namespace: gatewayNamespace };

/** A gateway and a route of another controller. */
function withRoute(apiVersion: string, kind: string, spec: object): Promise<readonly Resource[]> {
  const route = recording(() => new CustomResource("foreign", { apiVersion, kind, metadata, spec }));
  return joined(protectedStack, route)();
}

const violationsIn = (stack: readonly Resource[], circumstances?: Circumstances) =>
  judge(routesToProxy, stack, circumstances).violations;

describe("routes-to-proxy on a VirtualService", () => {
  const virtualService = (spec: object) => withRoute("networking.istio.io/v1", "VirtualService", spec);
  const http = [{ route: [{ destination: { host: "shop" } }] }];

  it("refuses one without hosts and gateways that leads to a service: others delegate to it", async () => {
    for (const spec of [{ http }, { hosts: [], gateways: [], http }, { gateways: ["mesh"], http }]) {
      const [violation, ...more] = violationsIn(await virtualService(spec));
      assert.match(
        violation ?? "",
        /^foreign: spec\.http\[0\]\.route\[0\]\.destination: bypasses the login for every host .*"portcullis\/shop"/,
      );
      assert.deepEqual(more, []);
    }
  });

  it("accepts one that others delegate to and that leads to the proxy", async () => {
    const destination = { host: proxyService, port: { number: 4455 } };
    assert.deepEqual(violationsIn(await virtualService({ http: [{ route: [{ destination }] }] })), []);
  });

  it("accepts one that only delegates: what it delegates to is judged", async () => {
    const root = { hosts: [serviceHost], gateways: ["public"], http: [{ delegate: { name: "leaf" } }] };
    assert.deepEqual(violationsIn(await virtualService(root)), []);
  });

  it("accepts one between pods, which has hosts", async () => {
    assert.deepEqual(violationsIn(await virtualService({ hosts: ["shop"], http })), []);
  });
});

describe("routes-to-proxy on a route whose parents are Services", () => {
  const gatewayApi = "gateway.networking.k8s.io";
  const service = { group: "", kind: "Service", name: "shop" };
  const route = (kind: string, parentRefs: readonly object[]) =>
    withRoute(`${gatewayApi}/v1`, kind, {
      parentRefs,
      rules: [{ backendRefs: [{ name: "shop", port: 80 }] }],
    });

  for (const kind of ["HTTPRoute", "GRPCRoute"])
    it(`accepts it: it is for requests between pods (${kind})`, async () => {
      assert.deepEqual(violationsIn(await route(kind, [service])), []);
      assert.deepEqual(violationsIn(await route(kind, [service, { ...service, name: "api" }])), []);
    });

  it("refuses it if one parent is something else, or if it has none", async () => {
    for (const parents of [
      [service, { name: "public" }],
      [{ kind: "Service", name: "shop" }],
      [{ group: "", name: "shop" }],
      [{ group: gatewayApi, kind: "Gateway", name: "public" }],
      [],
    ])
      assert.equal(violationsIn(await route("HTTPRoute", parents)).length, 1, JSON.stringify(parents));
  });

  it("leaves a parent to the update where a preview does not know it", async () => {
    const stack = changeOf(await route("HTTPRoute", [service]), "HTTPRoute foreign", "spec.parentRefs", [
      unknownText,
    ]);
    assert.deepEqual(judge(routesToProxy, stack), { violations: [], unknown: "spec.parentRefs.0" });
  });
});

describe("routes-to-proxy on an ApisixRoute", () => {
  const apisixRoute = (spec: object) => withRoute("apisix.apache.org/v2", "ApisixRoute", spec);
  const stream = (serviceName: string, servicePort: number) =>
    apisixRoute({
      stream: [
        {
          protocol: "TCP",
          match: { ingressPort: 9100, host: serviceHost },
          backend: { serviceName, servicePort },
        },
      ],
    });

  it("tells a stream around the proxy from one to it", async () => {
    const around = await stream("shop", 80);
    const [violation, ...more] = violationsIn(around);
    assert.ok(
      violation?.startsWith(
        `foreign: spec.stream[0].backend: bypasses the login for ${serviceHost} (found "portcullis/shop")`,
      ),
      violation,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(violationsIn(around, { options: { publicHosts: [serviceHost] } }), []);
    assert.deepEqual(violationsIn(await stream(proxyService, 4455)), []);
  });

  it("refuses an ApisixUpstream, whatever its name: it may lead anywhere", async () => {
    const stack = await apisixRoute({
      http: [{ match: { hosts: [serviceHost] }, upstreams: [{ name: proxyService }] }],
    });
    const [violation, ...more] = violationsIn(stack);
    assert.match(violation ?? "", /^foreign: spec\.http\[0\]\.upstreams\[0\]: .*found "no Service"/);
    assert.deepEqual(more, []);
    assert.deepEqual(violationsIn(stack, { options: { publicHosts: [serviceHost] } }), []);
  });
});
