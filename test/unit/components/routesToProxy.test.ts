import assert from "node:assert/strict";
import { output, type ResourceTransformArgs } from "@pulumi/pulumi";
import { routesToProxy } from "../../../components/routesToProxy";
import { lateErrors, run } from "../mocks";
import { gateway, ingressController, ofOtherStack, service, vmagent } from "./programs";

/** The result of a transform of a resource, in the form of Helm's templates. */
async function transformed(type: string, props: object, ref = ofOtherStack): Promise<unknown> {
  const args = { custom: true, type, name: "grafana", props, opts: {} } as ResourceTransformArgs;
  const result = await routesToProxy(ref)(args);
  return result && known(result.props);
}

function known(value: object | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    output(value).apply(resolve);
  });
}

const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const GRPC_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute";
const HTTP_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";

describe("a route of a chart", () => {
  const toProxy = { service: { name: "access-proxy", port: { number: 4455 } } };

  it("leads to the proxy from the proxy's namespace, and keeps everything else, as an Ingress", async () => {
    const annotations = { "cert-manager.io/cluster-issuer": "letsencrypt" };
    const ingress = (namespace: string, backend: object) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "grafana", namespace, annotations },
      spec: {
        ingressClassName: "traefik",
        tls: [{ hosts: ["grafana.apps.example.com"], secretName: "grafana-tls" }],
        defaultBackend: backend,
        rules: [
          {
            host: "grafana.apps.example.com",
            http: {
              paths: ["/", "/api"].map((path) => ({ path, pathType: "Prefix", backend })),
            },
          },
          { host: "without-paths.apps.example.com" },
        ],
      },
    });
    const own = { service: { name: "grafana", port: { name: "service" } } };
    assert.deepEqual(await transformed(INGRESS, ingress("monitoring", own)), ingress("portcullis", toProxy));
  });

  it("leads to the proxy from its own namespace, as an HTTPRoute", async () => {
    const route = (backendRefs: readonly object[]) => ({
      metadata: { name: "grafana", namespace: "monitoring" },
      spec: {
        parentRefs: [{ name: "public", namespace: "ingress" }],
        hostnames: ["grafana.apps.example.com"],
        rules: [
          { matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs },
          { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] },
        ],
      },
    });
    assert.deepEqual(
      await transformed(HTTP_ROUTE, route([{ name: "grafana", port: 80 }])),
      route([{ name: "access-proxy", namespace: "portcullis", port: 4455 }]),
    );
  });

  it("leads to the proxy's gRPC Service when it is for gRPC", async () => {
    const { proxy, ...rest } = ofOtherStack;
    const newer = { ...rest, proxy: { ...proxy, grpcService: "access-proxy-grpc" } };
    const props = { spec: { rules: [{ backendRefs: [{ name: "calls", port: 9090 }] }] } };
    const args = { custom: true, type: HTTP_ROUTE, name: "calls", props, opts: {} } as ResourceTransformArgs;
    assert.deepEqual(await known((await routesToProxy(newer, "grpc")(args))?.props), {
      spec: {
        rules: [{ backendRefs: [{ name: "access-proxy-grpc", namespace: "portcullis", port: 4455 }] }],
      },
    });
  });

  it("leads to the proxy as a GRPCRoute, by the Service for gRPC where there is one", async () => {
    const route = (backend: object) => ({ spec: { rules: [{ backendRefs: [backend] }] } });
    const calls = route({ name: "calls", port: 9090 });
    const toService = (name: string) => route({ name, namespace: "portcullis", port: 4455 });
    assert.deepEqual(await transformed(GRPC_ROUTE, calls), toService("access-proxy"));
    const newer = { ...ofOtherStack, proxy: { ...ofOtherStack.proxy, grpcService: "access-proxy-grpc" } };
    assert.deepEqual(await transformed(GRPC_ROUTE, calls, newer), toService("access-proxy-grpc"));
  });

  it("is refused when it sends requests to another backend too", async () => {
    const mirror = { type: "RequestMirror", requestMirror: { backendRef: { name: "copy", port: 80 } } };
    const spec = { rules: [{ backendRefs: [] }, { backendRefs: [], filters: [mirror] }] };
    const [error] = await lateErrors(() => {
      void transformed(HTTP_ROUTE, { spec });
    });
    assert.match(
      String(error),
      /HTTPRoute "grafana" has 1 problem:\n {2}- spec\.rules\[1\]\.filters\[0\]: sends every request/,
    );
  });

  it("is the only kind of object that the transform changes", async () => {
    for (const type of [
      "kubernetes:core/v1:Service",
      "kubernetes:apps/v1:Deployment",
      "kubernetes:helm.sh/v4:Chart",
    ])
      assert.equal(await transformed(type, { spec: {} }), undefined);
  });

  it("is the only route of a service with route none, in a team's namespace too", async () => {
    const { made } = await run(() => service({ route: "none" }));
    assert.equal(made.has(":Ingress", "vmagent"), false);
    assert.ok(made.has(":Rule", "vmagent") && made.has(":NetworkPolicy", "vmagent"));
    const { made: ofTeam } = await run(() =>
      service({ route: "none", namespace: "team-a", upstream: { ...vmagent, namespace: "team-a" } }),
    );
    assert.ok(ofTeam.has(":Rule", "vmagent") && !ofTeam.has(":Ingress", "vmagent"));
  });

  it("leads to a gateway of the same program, as it does to a reference", async () => {
    const { result } = await run(async () => {
      const access = gateway({ route: { kind: "ingress", from: [ingressController] } });
      const args = {
        custom: true,
        type: INGRESS,
        name: "grafana",
        props: { spec: { defaultBackend: {} } },
        opts: {},
      } as ResourceTransformArgs;
      return known((await routesToProxy(access)(args))?.props);
    });
    assert.deepEqual(result, {
      metadata: { namespace: "portcullis" },
      spec: { defaultBackend: { service: { name: "access-proxy", port: { number: 4455 } } } },
    });
  });
});
