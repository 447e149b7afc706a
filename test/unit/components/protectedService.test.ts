import assert from "node:assert/strict";
import { notAwaited } from "../../../components/shared/awaiting";
import { Service } from "@pulumi/kubernetes/core/v1";
import { ComponentProblem } from "../../../components/shared/errors";
import type { Patch } from "../../../components/shared/patch";
import { validatedStatus, type RuleSpec } from "../../../documents/oathkeeper/ruleSpec";
import { refusedBy, run, type Fields, type Recorded } from "../mocks";
import { ingressController, ofOtherStack, proxyPeer, service } from "./programs";

const prometheus = { namespaceSelector: { matchLabels: { team: "observability" } } };

const gatewayApi = {
  kind: "gatewayApi",
  from: [ingressController],
  parentRef: { namespace: "ingress", name: "traefik" },
} as const;

const ruleOf = (made: Recorded) => made.one(":Rule", "vmagent").inputs["spec"] as unknown as RuleSpec;

function policyOf(made: Recorded) {
  const { metadata, spec } = made.one(":NetworkPolicy", "vmagent").inputs as unknown as {
    metadata: { namespace: string };
    spec: { podSelector: object; policyTypes: string[]; ingress: object[] };
  };
  return { namespace: metadata.namespace, ...spec };
}

describe("ProtectedService", () => {
  it("leads to a Service outside the program, and admits only the proxy to its pods", async () => {
    const { made } = await run(() => service());
    assert.equal(ruleOf(made).upstream.url, "http://vmagent.monitoring.svc:8429");
    assert.deepEqual(policyOf(made), {
      namespace: "monitoring",
      podSelector: { matchLabels: { app: "vmagent" } },
      policyTypes: ["Ingress"],
      ingress: [{ from: [proxyPeer], ports: [{ port: 18429, protocol: "TCP" }] }],
    });
  });

  it("leads to a Service of the program, by a port's number or name, and isolates the pods it selects", async () => {
    for (const port of [443, "web"]) {
      const { made } = await run(() => {
        const own = new Service("grafana", {
          metadata: { namespace: "dashboards" },
          spec: {
            selector: { app: "grafana" },
            ports: [
              { name: "metrics", port: 9090, targetPort: "metrics" },
              { name: "web", port: 443, targetPort: "https" },
            ],
          },
        });
        service({ upstream: { service: own, port, scheme: "https" } });
      });
      assert.equal(ruleOf(made).upstream.url, "https://grafana.dashboards.svc:443");
      const { namespace, podSelector, ingress } = policyOf(made);
      assert.equal(namespace, "dashboards");
      assert.deepEqual(podSelector, { matchLabels: { app: "grafana" } });
      assert.deepEqual(ingress, [{ from: [proxyPeer], ports: [{ port: "https", protocol: "TCP" }] }]);
    }
  });

  it("leads to a URL, which no NetworkPolicy isolates", async () => {
    const upstream = { url: "https://legacy.example.net:8443/app" };
    const egress = { alsoTo: { proxy: ["internet"] } } as const;
    const { made } = await run(() => service({ upstream, isolation: "none" }, { egress }));
    assert.equal(ruleOf(made).upstream.url, upstream.url);
    assert.equal(made.has(":NetworkPolicy", "vmagent"), false);
  });

  it("refuses what the gateway's proxy cannot reach, unless its egress allows it", async () => {
    const machines = {
      issuer: "https://ci.example.com",
      audience: "echo",
      jwksUrl: "https://ci.example.com/keys",
    };
    const refused = run(() => service({ machines }));
    await assert.rejects(refused, /machines\.jwksUrl: is outside the cluster/);
    for (const egress of ["off", { alsoTo: { proxy: ["internet"] } }] as const)
      assert.ok((await run(() => service({ machines }, { egress }))).made.has(":Rule", "vmagent"));
  });

  it("has no route of its own when the gateway has one for all hosts, and its Rule in the team's namespace", async () => {
    const route = { kind: "ingress" as const, from: [ingressController] as const, wildcard: true };
    const { made } = await run(() => service({ namespace: "team-a" }, { route }));
    assert.equal(made.has(":Ingress", "vmagent"), false);
    assert.equal((made.one(":Rule", "vmagent").inputs["metadata"] as Fields)["namespace"], "team-a");
    const { metadata, spec } = made.one(":Ingress", "access-wildcard").inputs as Record<string, Fields>;
    assert.deepEqual(
      (spec?.["rules"] as Fields[]).map(({ host }) => host),
      ["*.apps.example.com"],
    );
    assert.deepEqual(metadata?.["annotations"], {
      ...notAwaited,
      "traefik.ingress.kubernetes.io/router.priority": "1",
      "alb.ingress.kubernetes.io/group.order": "1000",
    });
  });

  it("has a route of its own for hosts that the gateway's wildcard does not cover", async () => {
    const hosts = ["a.apps.example.com", "*.previews.apps.example.com", "apps.example.com"] as const;
    const ingress = { kind: "ingress" as const, from: [ingressController] as const, wildcard: true };
    const { made, result } = await run(() => service({ hosts }, { route: ingress }));
    const { spec } = made.one(":Ingress", "vmagent").inputs as Record<string, Fields>;
    assert.deepEqual(
      (spec?.["rules"] as Fields[]).map(({ host }) => host),
      ["*.previews.apps.example.com", "apps.example.com"],
    );
    assert.equal(result.url, "http://a.apps.example.com");
    const route = { ...gatewayApi, wildcard: true };
    const api = await run(() => service({ hosts }, { route, tls: "external" }));
    const { hostnames } = api.made.one(":HTTPRoute", "vmagent").inputs["spec"] as Fields;
    assert.deepEqual(hostnames, ["apps.example.com"], "an HTTPRoute's wildcard stands for several labels");
    const ofTeam = await run(() => service({ hosts, namespace: "team-a" }, { route: ingress }));
    assert.equal(ofTeam.made.has(":Ingress", "vmagent"), false, "an Ingress leads only to its own namespace");
  });

  it("refuses a namespace of its own where the route would have to be in it", async () => {
    await assert.rejects(
      run(() => service({ namespace: "team-a" })),
      (error) =>
        error instanceof ComponentProblem && error.problems.some(({ path }) => path === "args.namespace"),
    );
  });

  it("has an HTTPRoute on the Gateway of the gateway's route, like the gateway's own hosts", async () => {
    const { made } = await run(() => service({}, { route: gatewayApi, tls: "external" }));
    assert.deepEqual(made.ofType(":Ingress"), []);
    const routes = made.ofType(":HTTPRoute").map(({ name, inputs }) => [name, inputs["spec"]]);
    const spec = (host: string, name: string, port: number, besides: object[] = []) => ({
      parentRefs: [gatewayApi.parentRef],
      hostnames: [`${host}.apps.example.com`],
      rules: [...besides, { backendRefs: [{ name, port }] }],
    });
    const accessDenied = {
      matches: [{ path: { type: "PathPrefix", value: "/portcullis/" } }],
      backendRefs: [{ name: "access-proxy-door", port: 4459 }],
    };
    assert.deepEqual(Object.fromEntries(routes), {
      "access-identity": spec("auth-server", "access-identity-front", 4436),
      "access-login-ui": spec("auth", "access-login-ui", 3000, [accessDenied]),
      vmagent: spec("vmagent", "access-proxy", 4455),
    });
    assert.equal(ruleOf(made).match.url, "https://vmagent.apps.example.com/<**>");
  });

  it("routes only its own paths of a shared host", async () => {
    const hosts = ["tools.apps.example.com"] as const;
    const args = { hosts, paths: ["/agent", "/a"] } as const;
    const { made, result } = await run(() => service(args));
    assert.equal(result.url, "http://tools.apps.example.com/agent");
    const { rules } = made.one(":Ingress", "vmagent").inputs["spec"] as {
      rules: { http: { paths: Fields[] } }[];
    };
    assert.deepEqual(
      rules[0]?.http.paths.map(({ path, pathType }) => [path, pathType]),
      [
        ["/agent", "Prefix"],
        ["/a", "Prefix"],
      ],
    );
    const { made: behind } = await run(() => service(args, { route: gatewayApi, tls: "external" }));
    const { rules: ofRoute } = behind.one(":HTTPRoute", "vmagent").inputs["spec"] as { rules: Fields[] };
    assert.deepEqual(
      ofRoute.map(({ matches }) => matches),
      [["/agent", "/a"].map((value) => ({ path: { type: "PathPrefix", value } }))],
    );
  });

  it("has its HTTPRoute in the team's namespace, where the gateway grants that", async () => {
    const route = { ...gatewayApi, namespaces: ["team-a"] };
    const { made } = await run(() => service({ namespace: "team-a" }, { route, tls: "external" }));
    const { metadata, spec } = made.one(":HTTPRoute", "vmagent").inputs as Record<string, Fields>;
    assert.equal(metadata?.["namespace"], "team-a");
    assert.deepEqual(spec?.["rules"], [
      { backendRefs: [{ name: "access-proxy", namespace: "portcullis", port: 4455 }] },
    ]);
    assert.deepEqual(made.one(":ReferenceGrant", "access-routes").inputs["spec"], {
      from: ["HTTPRoute", "GRPCRoute"].map((kind) => ({
        group: "gateway.networking.k8s.io",
        kind,
        namespace: "team-a",
      })),
      to: ["access-proxy", "access-proxy-grpc"].map((name) => ({ group: "", kind: "Service", name })),
    });
    await assert.rejects(
      run(() => service({ namespace: "team-b" }, { route, tls: "external" })),
      (error) => error instanceof ComponentProblem && error.message.includes("route.namespaces"),
    );
  });

  it("puts its own annotations on its route, on top of the gateway's", async () => {
    const route = {
      kind: "ingress",
      from: [ingressController],
      annotations: { a: "gateway", b: "gateway" },
    } as const;
    const { made } = await run(() => service({ annotations: { b: "service", c: "service" } }, { route }));
    const annotations = (name: string) => made.one(":Ingress", name).inputs["metadata"] as Fields;
    assert.deepEqual(annotations("vmagent")["annotations"], {
      ...notAwaited,
      a: "gateway",
      b: "service",
      c: "service",
    });
    assert.deepEqual(annotations("access-login-ui")["annotations"], { ...notAwaited, ...route.annotations });
  });

  it("changes each of its objects by a merge patch", async () => {
    const patches = {
      route: { spec: { ingressClassName: "nginx" } },
      rule: { metadata: { annotations: { team: "a" } }, spec: { upstream: { preserveHost: false } } },
      networkPolicy: { spec: { policyTypes: null, ingress: [] } },
    };
    const { made } = await run(() => service({ patches }));
    const { made: plain } = await run(() => service());
    const written = (of: Recorded, type: string) => of.one(type, "vmagent").inputs as Record<string, Fields>;
    const [ingress, ruleOfIt, policy] = [":Ingress", ":Rule", ":NetworkPolicy"].map((type) =>
      written(made, type),
    );
    const before = written(plain, ":Rule");
    assert.deepEqual(ingress?.["spec"], { ...written(plain, ":Ingress")["spec"], ingressClassName: "nginx" });
    assert.deepEqual(ruleOfIt?.["spec"], {
      ...before["spec"],
      upstream: { ...(before["spec"]?.["upstream"] as Fields), preserveHost: false },
    });
    assert.deepEqual(ruleOfIt["metadata"], {
      ...before["metadata"],
      annotations: { ...(before["metadata"]?.["annotations"] as Fields), team: "a" },
    });
    assert.deepEqual(policy?.["spec"], { podSelector: { matchLabels: { app: "vmagent" } }, ingress: [] });
  });

  it("waits for the operator only when a patch changes the spec of its Rule", async () => {
    const status = async (rule: Patch) => {
      const { made } = await run(() => service({ patches: { rule } }));
      return made.one(":Rule", "vmagent").inputs["status"];
    };
    assert.deepEqual(await status({ metadata: { labels: { team: "a" } } }), validatedStatus);
    assert.equal(await status({ spec: { upstream: { preserveHost: false } } }), undefined);
  });

  it("refuses annotations and patches of objects that it does not have", async () => {
    const route = { kind: "ingress", from: [ingressController], wildcard: true } as const;
    const patches = { route: { spec: {} }, networkPolicy: { spec: {} } };
    const { problems } = await refusedBy(() =>
      service({ annotations: { a: "b" }, isolation: "none", patches }, { route }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["args.annotations", "args.patches.route", "args.patches.networkPolicy"],
    );
  });

  it("admits the peers of alsoAllow to all ports of the pods", async () => {
    const { made } = await run(() => service({ isolation: { alsoAllow: [prometheus] } }));
    assert.deepEqual(policyOf(made).ingress, [
      { from: [proxyPeer], ports: [{ port: 18429, protocol: "TCP" }] },
      { from: [prometheus] },
    ]);
  });

  it("leaves the pods open with isolation none", async () => {
    const { made } = await run(() => service({ isolation: "none" }));
    assert.equal(made.has(":NetworkPolicy", "vmagent"), false);
  });

  it("is at its name inside the domain, with the domain's port", async () => {
    const { made, result } = await run(() => service({}, { domain: "portcullis.localhost:8080" }));
    assert.equal(result.url, "http://vmagent.portcullis.localhost:8080");
    assert.deepEqual(hosts(made), ["vmagent.portcullis.localhost"]);
  });

  it("is at the given hosts, and its URL is the first one that is not a wildcard", async () => {
    const given = ["*.agents.apps.example.com", "agent.apps.example.com", "a.b.apps.example.com"] as const;
    const { made, result } = await run(() => service({ hosts: given }));
    assert.equal(result.url, "http://agent.apps.example.com");
    assert.deepEqual(hosts(made), given);
  });

  it("sets the given methods and preserveHost", async () => {
    const { made } = await run(() => service({ methods: ["GET", "HEAD"], preserveHost: false }));
    const { match, upstream } = ruleOf(made);
    assert.deepEqual(match.methods, ["GET", "HEAD"]);
    assert.equal(upstream.preserveHost, false);
  });

  it("sends the upstream the given headers, by Rules whose names change with them", async () => {
    const named = async (headers: Record<string, string>) => {
      const { made } = await run(() => service({ methods: ["GET"], headers }));
      return [(made.one(":Rule", "vmagent").inputs["metadata"] as Fields)["name"], ruleOf(made).mutators];
    };
    const [name, mutators] = await named({ "X-Env": "prod" });
    assert.match(JSON.stringify(name), /^"vmagent-[0-9a-f]{8}"$/);
    assert.deepEqual(mutators, [
      { handler: "header", config: { headers: { "X-Env": "prod", X_Env: "" } } },
      { handler: "cookie" },
    ]);
    assert.notEqual((await named({ "X-Env": "test" }))[0], name);
    assert.deepEqual(await named({}), ["vmagent", [{ handler: "header" }, { handler: "cookie" }]]);
  });

  it("creates its Ingress only after its Rule, and its Rule only after the rule operator", async () => {
    const { made } = await run(() => service());
    const rule = "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule vmagent";
    assert.ok(made.one(":Ingress", "vmagent").after.includes(rule));
    const operator = "kubernetes:apps/v1:Deployment access-rules";
    assert.ok(made.one(":Rule", "vmagent").after.includes(operator));
  });

  it("accepts tokens of the named service accounts with the gateway's issuer, and no others", async () => {
    const machines = {
      serviceAccounts: [
        { namespace: "ci", name: "deployer" },
        { namespace: "ops", name: "backup" },
      ],
      audience: "vmagent",
    } as const;
    const issuer = "https://kubernetes.default.svc.cluster.local";
    const expected = {
      authenticator: {
        handler: "jwt",
        config: {
          trusted_issuers: [issuer],
          target_audience: ["vmagent"],
          jwks_urls: ["http://127.0.0.1:4462/service-accounts"],
        },
      },
      remote:
        "http://127.0.0.1:4457/authorize?everybody=1&claims=iss=https%3A%2F%2Fkubernetes.default.svc.cluster.local;" +
        "sub=system%3Aserviceaccount%3Aci%3Adeployer=system%3Aserviceaccount%3Aops%3Abackup;",
    };
    const own = await run(() => service({ machines }, { serviceAccountIssuer: issuer }));
    const others = await run(() =>
      service({ machines, gateway: { ...ofOtherStack, serviceAccountIssuer: issuer } }),
    );
    for (const { made } of [own, others]) {
      const { authenticators, authorizer } = ruleOf(made);
      assert.deepEqual(authenticators[0], expected.authenticator);
      assert.deepEqual(authorizer, { handler: "remote_json", config: { remote: expected.remote } });
    }
  });

  it("refuses service accounts when the gateway has no issuer for them or the audience is the API server's", async () => {
    const serviceAccounts = [{ namespace: "ci", name: "deployer" }] as const;
    const issuer = "https://kubernetes.default.svc";
    const problemOf = async (audience: string, serviceAccountIssuer?: string) => {
      const program = () =>
        service(
          { machines: { serviceAccounts, audience } },
          serviceAccountIssuer === undefined ? {} : { serviceAccountIssuer },
        );
      const error: unknown = await run(program).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return error instanceof ComponentProblem ? error.message : "accepted";
    };
    assert.match(await problemOf("vmagent"), /serviceAccountIssuer of the gateway/);
    assert.match(await problemOf(issuer, issuer), /is the API server's own/);
    assert.equal(await problemOf("vmagent", issuer), "accepted");
  });

  it("needs only the reference of another stack's gateway", async () => {
    const { made, result } = await run(() => service({ gateway: ofOtherStack }));
    assert.deepEqual(made.names, [
      "kubernetes:networking.k8s.io/v1:Ingress vmagent",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy vmagent",
      "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule vmagent",
      "portcullis:index:ProtectedService vmagent",
    ]);
    assert.equal(result.url, "http://vmagent.apps.example.com");
    assert.deepEqual(policyOf(made).ingress, [
      { from: [proxyPeer], ports: [{ port: 18429, protocol: "TCP" }] },
    ]);
  });
});

function hosts(made: Recorded): string[] {
  const { rules } = made.one(":Ingress", "vmagent").inputs["spec"] as { rules: { host: string }[] };
  return rules.map(({ host }) => host);
}
