import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Service } from "@pulumi/kubernetes/core/v1";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import { Ingress as IngressOfBeta } from "@pulumi/kubernetes/networking/v1beta1";
import assert from "node:assert/strict";
import { podLabels } from "../../../components/shared/labels";
import { routeKinds } from "../../../policy/lib/routes";
import { traefikHosts } from "../../../policy/lib/traefikRule";
import { routesToProxy } from "../../../policy/policies/routesToProxy";
import { changeOf, describePolicy } from "./cases";
import { judge, unknownText, type Resource } from "./harness";
import {
  gatewayNamespace,
  joined,
  protectedStack,
  proxyService,
  recording,
  serviceHost,
  withTeam,
} from "./programs";

const toService = (name: string, port = 80) => ({ service: { name, port: { number: port } } });
const ruleTo = (name: string, host?: string) => ({
  ...(host !== undefined && { host }),
  http: { paths: [{ pathType: "Prefix", backend: toService(name) }] },
});
const first = "spec.rules[0].http.paths[0].backend";

describePolicy(routesToProxy, {
  stack: protectedStack,
  subject: "Ingress vmagent",
  circumstances: { options: { publicHosts: ["www.example.com"] } },
  broken: [
    [
      first,
      toService("shop"),
      /rules\[0\]\.http\.paths\[0\]\.backend: bypasses the login for vmagent\.apps\.example\.com.*"portcullis\/shop"/,
    ],
    [first, toService("access-proxy-api", 4456), /bypasses the login/],
    [first, toService("access-proxy-metrics", 9000), /bypasses the login/],
    [first, toService("access-identity-admin", 4434), /bypasses the login/],
    // Browsers reach Kratos only through its front.
    [first, toService("access-identity-public", 4433), /bypasses the login/],
    [first, { resource: { kind: "Bucket", name: "shop" } }, /found "no Service"/],
    ["spec.defaultBackend", toService("shop"), /spec\.defaultBackend: bypasses the login for every host/],
    ["spec.rules[1]", ruleTo("shop", "www.example.co"), /bypasses the login for www\.example\.co /],
    ["spec.rules[1]", ruleTo("shop", "*.apps.example.com"), /bypasses the login for \*\.apps\.example\.com /],
    ["spec.rules[1]", ruleTo("shop", ""), /bypasses the login for every host/],
    ["spec.rules[1]", ruleTo("shop"), /bypasses the login for every host/],
  ],
  fine: [
    ["spec.rules[1]", ruleTo("shop", "www.example.com")],
    ["spec.rules[0].host", ""],
    ["spec.rules[0].http", undefined],
  ],
  unknown: [`${first}.service.name`, "spec.rules[0].host"],
});

describePolicy(routesToProxy, {
  stack: withTeam,
  subject: "HTTPRoute vmagent",
  broken: [
    [
      "spec.rules[0].backendRefs[0].namespace",
      undefined,
      /rules\[0\]\.backendRefs\[0\].*"team-a\/access-proxy"/,
    ],
    ["spec.rules[0].backendRefs[1]", { name: "shop", port: 80 }, /backendRefs\[1\].*"team-a\/shop"/],
    ["spec.rules[0].backendRefs[0].kind", "ServiceImport", /found "no Service"/],
    [
      "spec.rules[0].filters",
      [{ type: "RequestMirror", requestMirror: { backendRef: { name: "shop", port: 80 } } }],
      /rules\[0\]\.filters\[0\]\.requestMirror\.backendRef: bypasses the login for vmagent\.apps\.example\.com/,
    ],
    [
      "spec.rules[0].backendRefs[0].filters",
      [{ type: "RequestMirror", requestMirror: { backendRef: { name: "shop", port: 80 } } }],
      /backendRefs\[0\]\.filters\[0\]\.requestMirror\.backendRef/,
    ],
  ],
  fine: [
    ["spec.rules[0].backendRefs", undefined],
    ["spec.hostnames", undefined],
  ],
  unknown: ["spec.rules[0].backendRefs[0].name", "spec.rules"],
});

/** A program's resources besides the gateway and its service. */
function beside(program: () => unknown): Promise<readonly Resource[]> {
  return joined(protectedStack, recording(program))();
}

/** A Service as a route names it. */
interface To {
  readonly name: string;
  readonly port: number;
}

const namespace = gatewayNamespace;
const address = ({ name, port }: To) => `http://${name}.${namespace}:${port}`;
const host = ({ name }: To) => `${name}.${namespace}.svc.cluster.local`;
const gatewayApi = "gateway.networking.k8s.io";
const match = `Host(\`${serviceHost}\`) && PathPrefix(\`/api\`)`;

/** A route of each kind, for one host if its kind has hosts. */
const routes: Readonly<Record<string, readonly [apiVersion: string, spec: (to: To) => object, at: string]>> =
  {
    HTTPRoute: [
      `${gatewayApi}/v1`,
      (to) => ({ hostnames: [serviceHost], rules: [{ backendRefs: [to] }] }),
      "spec.rules[0].backendRefs[0]",
    ],
    GRPCRoute: [
      `${gatewayApi}/v1`,
      (to) => ({ hostnames: [serviceHost], rules: [{ backendRefs: [to] }] }),
      "spec.rules[0].backendRefs[0]",
    ],
    TLSRoute: [
      `${gatewayApi}/v1alpha2`,
      (to) => ({ hostnames: [serviceHost], rules: [{ backendRefs: [to] }] }),
      "spec.rules[0].backendRefs[0]",
    ],
    TCPRoute: [
      `${gatewayApi}/v1alpha2`,
      (to) => ({ rules: [{ backendRefs: [to] }] }),
      "spec.rules[0].backendRefs[0]",
    ],
    UDPRoute: [
      `${gatewayApi}/v1alpha2`,
      (to) => ({ rules: [{ backendRefs: [to] }] }),
      "spec.rules[0].backendRefs[0]",
    ],
    IngressRoute: [
      "traefik.io/v1alpha1",
      (to) => ({ routes: [{ kind: "Rule", match, services: [to] }] }),
      "spec.routes[0].services[0]",
    ],
    IngressRouteTCP: [
      "traefik.io/v1alpha1",
      (to) => ({ routes: [{ match: `HostSNI(\`${serviceHost}\`)`, services: [to] }] }),
      "spec.routes[0].services[0]",
    ],
    IngressRouteUDP: [
      "traefik.containo.us/v1alpha1",
      (to) => ({ routes: [{ services: [to] }] }),
      "spec.routes[0].services[0]",
    ],
    VirtualService: [
      "networking.istio.io/v1",
      (to) => ({
        hosts: [serviceHost],
        gateways: ["istio-system/public"],
        http: [{ route: [{ destination: { host: host(to), port: { number: to.port } } }] }],
      }),
      "spec.http[0].route[0].destination",
    ],
    HTTPProxy: [
      "projectcontour.io/v1",
      (to) => ({ virtualhost: { fqdn: serviceHost }, routes: [{ services: [to] }] }),
      "spec.routes[0].services[0]",
    ],
    Route: [
      "route.openshift.io/v1",
      ({ name, port }) => ({ host: serviceHost, to: { kind: "Service", name }, port: { targetPort: port } }),
      "spec.to",
    ],
    TCPIngress: [
      "configuration.konghq.com/v1beta1",
      ({ name, port }) => ({
        rules: [{ host: serviceHost, port: 9443, backend: { serviceName: name, servicePort: port } }],
      }),
      "spec.rules[0].backend",
    ],
    UDPIngress: [
      "configuration.konghq.com/v1beta1",
      ({ name, port }) => ({
        rules: [{ port: 9443, backend: { serviceName: name, servicePort: port } }],
      }),
      "spec.rules[0].backend",
    ],
    Mapping: [
      "getambassador.io/v3alpha1",
      (to) => ({ hostname: serviceHost, prefix: "/", service: address(to) }),
      "spec.service",
    ],
    TCPMapping: [
      "getambassador.io/v3alpha1",
      (to) => ({ port: 9443, host: serviceHost, service: address(to) }),
      "spec.service",
    ],
    VirtualServer: [
      "k8s.nginx.org/v1",
      ({ name, port }) => ({ host: serviceHost, upstreams: [{ name: "all", service: name, port }] }),
      "spec.upstreams[0]",
    ],
    VirtualServerRoute: [
      "k8s.nginx.org/v1",
      ({ name, port }) => ({ host: serviceHost, upstreams: [{ name: "all", service: name, port }] }),
      "spec.upstreams[0]",
    ],
    TransportServer: [
      "k8s.nginx.org/v1",
      ({ name, port }) => ({ host: serviceHost, upstreams: [{ name: "all", service: name, port }] }),
      "spec.upstreams[0]",
    ],
    ApisixRoute: [
      "apisix.apache.org/v2",
      ({ name, port }) => ({
        http: [{ match: { hosts: [serviceHost] }, backends: [{ serviceName: name, servicePort: port }] }],
      }),
      "spec.http[0].backends[0]",
    ],
  };

describe("routes-to-proxy, by the kinds of other controllers", () => {
  const stackWith = (kind: string, to: To) => {
    const [apiVersion, spec] = routes[kind] ?? assert.fail();
    return beside(
      () => new CustomResource("foreign", { apiVersion, kind, metadata: { namespace }, spec: spec(to) }),
    );
  };
  const proxy = { name: proxyService, port: 4455 };

  it("has an example of each kind", () => {
    const kinds = new Set(routeKinds.flatMap((one) => one.kinds));
    assert.deepEqual([...kinds].sort(), ["Ingress", ...Object.keys(routes)].sort());
  });

  for (const [kind, [, spec, at]] of Object.entries(routes))
    it(`tells a bypass from the route to the proxy: ${kind}`, async () => {
      const around = await stackWith(kind, { name: "shop", port: 80 });
      const { violations } = judge(routesToProxy, around);
      assert.equal(violations.length, 1, violations.join("\n"));
      const hasHosts = JSON.stringify(spec(proxy)).includes(serviceHost);
      const what = hasHosts ? serviceHost : "every host";
      assert.ok(
        violations[0]?.startsWith(`foreign: ${at}: bypasses the login for ${what} (found "portcullis/shop")`),
        violations[0],
      );
      assert.deepEqual(judge(routesToProxy, await stackWith(kind, proxy)), { violations: [] });
      const options = { publicHosts: [serviceHost] };
      assert.equal(judge(routesToProxy, around, { options }).violations.length, hasHosts ? 0 : 1);
      const unknown = judge(routesToProxy, changeOf(around, `${kind} foreign`, at, unknownText));
      assert.deepEqual(unknown.violations, []);
      assert.match(unknown.unknown ?? "", /^spec\./);
    });

  it("checks mirrors of a VirtualService, but none between pods", async () => {
    const virtualService = (spec: object) =>
      beside(() => {
        const apiVersion = "networking.istio.io/v1";
        new CustomResource("foreign", { apiVersion, kind: "VirtualService", metadata: { namespace }, spec });
      });
    const http = [{ mirror: { host: "shop" }, mirrors: [{ destination: { host: "db.example.com" } }] }];
    const outside = await virtualService({ hosts: [serviceHost], gateways: ["public", "mesh"], http });
    const { violations } = judge(routesToProxy, outside);
    assert.equal(violations.length, 2);
    assert.match(violations.join(), /"portcullis\/shop".*"no Service"/s);
    assert.deepEqual(judge(routesToProxy, await virtualService({ hosts: ["shop"], http })), {
      violations: [],
    });
  });

  it("checks the further Services of an OpenShift Route", async () => {
    const stack = await beside(() => {
      const { name } = proxy;
      new CustomResource("foreign", {
        ...{ apiVersion: "route.openshift.io/v1", kind: "Route", metadata: { namespace } },
        spec: {
          ...{ host: serviceHost, port: { targetPort: "proxy" }, to: { kind: "Service", name, weight: 99 } },
          alternateBackends: [{ kind: "Service", name: "shop", weight: 1 }],
        },
      });
    });
    const { violations } = judge(routesToProxy, stack);
    assert.equal(violations.length, 1, violations.join("\n"));
    assert.match(violations[0] ?? "", /spec\.alternateBackends\[0\].*"portcullis\/shop"/);
  });

  it("reads hosts from annotations too, and compares hosts as browsers do", async () => {
    const withAlias = (alias: string, host: string) =>
      beside(() => {
        const annotations = { "nginx.ingress.kubernetes.io/server-alias": alias };
        new Ingress("foreign", {
          metadata: { namespace, annotations },
          spec: { rules: [ruleTo("shop", host)] },
        });
      });
    const options = { publicHosts: ["www.example.com", "example.com"] };
    const violations = async (alias: string, host: string) =>
      judge(routesToProxy, await withAlias(alias, host), { options }).violations;
    assert.match(
      (await violations(serviceHost, "www.example.com")).join(),
      /bypasses the login for .*vmagent\.apps\.example\.com/,
    );
    assert.deepEqual(await violations("example.com", "WWW.example.com."), []);
    assert.match((await violations("example.com", "")).join(), /every host/);
  });

  it("reads an Ingress of an earlier API version", async () => {
    const stack = await beside(() => {
      const backend = { serviceName: "shop", servicePort: 80 };
      new IngressOfBeta("foreign", {
        metadata: { namespace },
        spec: { backend, rules: [{ host: serviceHost, http: { paths: [{ backend }] } }] },
      });
    });
    const { violations } = judge(routesToProxy, stack);
    assert.equal(violations.length, 2);
    assert.match(
      violations.join(),
      /rules\[0\].*"portcullis\/shop".*spec\.backend: bypasses the login for every host/s,
    );
  });
});

describe("routes-to-proxy", () => {
  it("recognises the proxy of another stack by its name", async () => {
    const route = (await withTeam()).filter(({ type }) => type.endsWith(":HTTPRoute"));
    assert.ok(judge(routesToProxy, route).violations.length > 0);
    const options = { proxies: [`${gatewayNamespace}/*`] };
    assert.deepEqual(judge(routesToProxy, route, { options }), { violations: [] });
  });

  /** An Ingress that leads to a Service other than the one that the gateway makes. */
  const withImpostor = (spec: object, metadata: object = { name: "impostor", namespace }) =>
    beside(() => {
      new Service("impostor", { metadata, spec });
      new Ingress("foreign", { metadata: { namespace }, spec: { rules: [ruleTo("impostor", serviceHost)] } });
    });

  it("accepts a second Service for the proxy's port, and for none of its other ports", async () => {
    const selector = podLabels("proxy");
    for (const [targetPort, count] of [
      ["proxy", 0],
      [4455, 0],
      ["api", 1],
      [4456, 1],
      ["metrics", 1],
    ] as const) {
      const stack = await withImpostor({ selector, ports: [{ port: 80, targetPort }] });
      assert.equal(judge(routesToProxy, stack).violations.length, count, String(targetPort));
    }
  });

  it("refuses a Service that selects no pods, whatever else it says", async () => {
    const ports = [{ port: 80, targetPort: 4455 }];
    const alias = {
      type: "ExternalName",
      externalName: "shop.shops.svc",
      selector: podLabels("proxy"),
      ports,
    };
    for (const spec of [alias, { ports }]) {
      const stack = await withImpostor(spec);
      assert.equal(judge(routesToProxy, stack).violations.length, 1);
      const options = { proxies: ["portcullis/impostor"] };
      assert.equal(judge(routesToProxy, stack, { options }).violations.length, 1);
    }
  });

  it("refuses a Service of that name in another namespace", async () => {
    const elsewhere = { name: "impostor", namespace: "shops" };
    const stack = await withImpostor({ selector: podLabels("proxy"), ports: [{ port: 4455 }] }, elsewhere);
    assert.equal(judge(routesToProxy, stack).violations.length, 1);
  });
});

describe("the rule of a Traefik router", () => {
  for (const [rule, hosts] of [
    ["Host(`a.example.com`)", ["a.example.com"]],
    ["Host(`a`, `b`) && PathPrefix(`/x`)", ["a", "b"]],
    ['(Host(`a`) || Host("b")) && (Path(`/x`) || Path(`/y`))', ["a", "b"]],
    ["HostSNI(`a`)", ["a"]],
    ["PathPrefix(`/x`) && Host(`a`)", ["a"]],
    ["Host(`a`) || PathPrefix(`/x`)", []],
    ["!Host(`a`)", []],
    ["HostRegexp(`.+`)", []],
    ["HostHeader(`a`)", ["a"]],
    ['Host(`a`) && Path("\\" || Path(")', []],
    ["Host(`a`) /* && */ || Path(`/x`)", []],
    ["PathPrefix(`/Host(`)", []],
    ["", []],
  ] as const)
    it(`is about ${hosts.join(" and ") || "every host"}: ${rule}`, () => {
      assert.deepEqual(traefikHosts(rule), hosts);
    });
});
