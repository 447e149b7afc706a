import assert from "node:assert/strict";
import { output, type ResourceTransformArgs } from "@pulumi/pulumi";
import { routesToProxy } from "../../../components/routesToProxy";
import { run } from "../mocks";
import { gateway, ingressController, ofOtherStack, service, vmagent } from "./programs";

/** What a transform makes of a resource, in the form that Helm's templates have. */
async function transformed(type: string, props: object): Promise<unknown> {
  const args = { custom: true, type, name: "grafana", props, opts: {} } as ResourceTransformArgs;
  const result = await routesToProxy(ofOtherStack)(args);
  return result && known(result.props);
}

function known(value: object | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    output(value).apply(resolve);
  });
}

const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const HTTP_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";

describe("a route that a chart makes", () => {
  const toProxy = { service: { name: "access-proxy", port: { number: 4455 } } };

  it("leads to the proxy, in its namespace, and keeps everything else: an Ingress", async () => {
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

  it("leads to the proxy from where it is: an HTTPRoute", async () => {
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

  it("leads to the proxy's other Service where it is of gRPC", async () => {
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

  it("is all that the transform changes of a chart", async () => {
    for (const type of [
      "kubernetes:core/v1:Service",
      "kubernetes:apps/v1:Deployment",
      "kubernetes:helm.sh/v4:Chart",
    ])
      assert.equal(await transformed(type, { spec: {} }), undefined);
  });

  it("is the service's only one with route none: a Rule and a NetworkPolicy, in a team's namespace too", async () => {
    const { made } = await run(() => service({ route: "none" }));
    assert.equal(made.has(":Ingress", "vmagent"), false);
    assert.ok(made.has(":Rule", "vmagent") && made.has(":NetworkPolicy", "vmagent"));
    const { made: ofTeam } = await run(() =>
      service({ route: "none", namespace: "team-a", upstream: { ...vmagent, namespace: "team-a" } }),
    );
    assert.ok(ofTeam.has(":Rule", "vmagent") && !ofTeam.has(":Ingress", "vmagent"));
  });

  it("is known by the gateway of the same program as by a reference to it", async () => {
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
