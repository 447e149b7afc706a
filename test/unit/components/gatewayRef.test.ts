import assert from "node:assert/strict";
import { output, RunError, runtime, secret, StackReference } from "@pulumi/pulumi";
import type { ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { GatewayRef, readRef } from "../../../components/gatewayRef";
import { ProtectedService } from "../../../components/protectedService";
import { InputProblem } from "../../../components/shared/errors";
import { createServices } from "../../../stacks/services";
import { parseServicesSettings } from "../../../stacks/settings/parse";
import { SettingsProblem } from "../../../stacks/settings/report";
import { run, type Fields } from "../mocks";
import { gateway, ingressController, vmagent } from "./programs";

const wildcard = { kind: "ingress", from: [ingressController], wildcard: true } as const;

const pods = { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" };

/** What another stack's program sees of a gateway. */
async function exported(): Promise<string> {
  const { result } = await run(
    () =>
      new Promise<unknown>((resolve) => {
        output(gateway({ route: wildcard }).ref).apply(resolve);
      }),
  );
  return JSON.stringify(result);
}

/** Records the names of resources that are read: the engine rejects a program that uses one twice. */
function recordReads(names: string[]): void {
  const monitor = runtime.getMonitor() as unknown as MockMonitor;
  const read = monitor.readResource.bind(monitor);
  monitor.readResource = (request: ReadResourceRequest, callback: Parameters<typeof read>[1]) => {
    names.push(request.getName());
    return read(request, callback);
  };
}

describe("GatewayRef", () => {
  it("stays the same through another stack's output as JSON", async () => {
    const ref = GatewayRef.fromJson(await exported());
    assert.deepEqual(ref, {
      version: 2,
      domain: "apps.example.com",
      namespace: "portcullis",
      proxy: {
        namespace: "portcullis",
        service: "access-proxy",
        port: 4455,
        grpcService: "access-proxy-grpc",
        pods,
      },
      route: { kind: "ingress", wildcard: true },
      tls: "off",
      clusterOnly: true,
      upstreams: { authorities: [], clientCertificates: {}, credentials: {} },
      groups: [],
    });
  });

  it("reads version 1, which has the gateway's own proxy and no gRPC", async () => {
    const { proxy: _, ...rest } = JSON.parse(await exported()) as Fields;
    const old = { ...rest, version: 1, proxyService: "access-proxy" };
    const { proxy, ...current } = GatewayRef.fromJson(await exported());
    const { grpcService: __, ...withoutGrpc } = proxy;
    assert.deepEqual(GatewayRef.fromJson(JSON.stringify(old)), { ...current, proxy: withoutGrpc });
  });

  it("is read by a service too, and one of a later version refused, where a program has no types", async () => {
    const { proxy: _, ...rest } = JSON.parse(await exported()) as Fields;
    const ofVersion = (version: number) => ({ ...rest, version, proxyService: "access-proxy" }) as never;
    const protect = (version: number) =>
      run(() => new ProtectedService("vmagent", { gateway: ofVersion(version), upstream: vmagent }));
    assert.ok((await protect(1)).made.has(":Rule", "vmagent"));
    await assert.rejects(
      protect(3),
      /ProtectedService "vmagent" has 1 problem:\n {2}- args\.gateway\.version: is not a version/,
    );
  });

  it("determines the proxy pods that services admit, and the Service of their routes", async () => {
    const ref = GatewayRef.fromJson(await exported());
    const oathkeeper = { namespace: "ory", service: "oathkeeper", port: 8080, pods: { app: "oathkeeper" } };
    const own = { ...ref, namespace: "ory", route: {}, proxy: oathkeeper };
    const { made } = await run(() => new ProtectedService("vmagent", { gateway: own, upstream: vmagent }));
    const { ingress } = made.one(":NetworkPolicy", "vmagent").inputs["spec"] as { ingress: Fields[] };
    assert.deepEqual(ingress[0]?.["from"], [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ory" } },
        podSelector: { matchLabels: { app: "oathkeeper" } },
      },
    ]);
    const { spec } = made.one(":Ingress", "vmagent").inputs as { spec: { rules: Fields[] } };
    assert.match(JSON.stringify(spec.rules), /"service":\{"name":"oathkeeper","port":\{"number":8080\}\}/);
  });

  it("reports every invalid field at once, without a stack trace", () => {
    const proxy = { namespace: "ory", service: 5, port: 0, pods: {} };
    const mistakes = { version: 2, domain: "https://x", namespace: 5, proxy, tls: "on" };
    assert.throws(
      () => GatewayRef.fromJson(JSON.stringify(mistakes)),
      (error) => {
        assert.ok(error instanceof InputProblem && RunError.isInstance(error));
        assert.deepEqual(
          error.problems.map(({ path }) => path),
          ["domain", "namespace", "proxy.service", "proxy.port", "proxy.pods", "route", "tls"],
        );
        return true;
      },
    );
  });

  it("reports what is missing in a hand-written route or certificate", async () => {
    const given = GatewayRef.fromJson(await exported());
    const paths = (fields: object) =>
      readRef({ ...given, ...fields }).problems.map(({ path, reason }) => `${path} ${reason}`);
    assert.deepEqual(paths({ route: { kind: "gatewayApi" }, tls: {} }), [
      "route.parentRef is not an object",
      "tls.secretName is not text",
    ]);
    assert.deepEqual(paths({ route: { kind: "gateway" }, tls: { issuer: { kind: "issuer" } } }), [
      'route.kind is not "ingress" or "gatewayApi"',
      'tls.issuer.kind is not "Issuer" or "ClusterIssuer"',
      "tls.issuer.name is not text",
    ]);
    assert.deepEqual(
      paths({ route: { kind: "gatewayApi", parentRef: { name: "public" } }, tls: { issuer: "a" } }),
      ["route.parentRef.namespace is not text", "tls.issuer is not an object"],
    );
    const parentRef = { namespace: "gateways", name: "public" };
    assert.deepEqual(
      paths({ route: { kind: "gatewayApi", parentRef }, tls: { secretName: "apps-tls" } }),
      [],
    );
    assert.deepEqual(paths({ tls: { issuer: { kind: "Issuer", name: "ca" } } }), []);
  });

  it("reports every further member of a hand-written gateway that has the wrong form", async () => {
    const given = GatewayRef.fromJson(await exported());
    const paths = (fields: object) => readRef({ ...given, ...fields }).problems.map(({ path }) => path);
    const means = ["upstreams.authorities", "upstreams.clientCertificates", "upstreams.credentials"];
    assert.deepEqual(paths({ upstreams: {} }), means);
    assert.deepEqual(
      paths({ upstreams: { authorities: "a", clientCertificates: { a: null }, credentials: { b: {} } } }),
      means,
    );
    assert.deepEqual(paths({ clusterOnly: "yes", proxy: { ...given.proxy, pods: { app: 1 } } }), [
      "proxy.pods",
      "clusterOnly",
    ]);
    assert.deepEqual(paths({ route: { wildcard: "yes", annotations: { a: 1 }, className: {} } }), [
      "route.wildcard",
      "route.annotations",
      "route.className",
    ]);
    const parentRef = { namespace: "gateways", name: "public", sectionName: 1 };
    assert.deepEqual(paths({ route: { kind: "gatewayApi", namespaces: "team-a", parentRef } }), [
      "route.namespaces",
      "route.parentRef.sectionName",
    ]);
  });

  it("reads a stack once, beside the program's own reference to it", async () => {
    const stacks = { "acme/platform/production": { gateway: JSON.parse(await exported()) as Fields } };
    const asked: string[] = [];
    const { result } = await run(async () => {
      recordReads(asked);
      const own = new StackReference("acme/platform/production");
      return [
        await GatewayRef.fromStack("acme/platform/production"),
        await GatewayRef.fromStack("acme/platform/production"),
        await GatewayRef.fromStack(own),
      ];
    }, stacks);
    assert.deepEqual(asked, ["acme/platform/production", "portcullis-acme/platform/production"]);
    assert.deepEqual(
      result.map(({ domain }) => domain),
      ["apps.example.com", "apps.example.com", "apps.example.com"],
    );
  });

  it("reports an output that another stack lacks or has marked as a secret", async () => {
    const stacks = { platform: { open: secret(JSON.parse(await exported())) as unknown as Fields } };
    const reasonOf = async (name?: string) => {
      const problem = await run(() => GatewayRef.fromStack("platform", name), stacks).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(problem instanceof InputProblem);
      return problem.message;
    };
    assert.match(
      await reasonOf(),
      /output "gateway" of the stack platform has 1 problem:\n {2}- \(all\): is not an output of that stack/,
    );
    assert.match(await reasonOf("open"), /is marked as a secret, .*with `unsecret`/);
  });

  it("refuses an unknown version, and anything that is not a gateway", () => {
    for (const json of ['{"version":3}', "[]", "null", "no JSON"])
      assert.throws(() => GatewayRef.fromJson(json), InputProblem, json);
  });
});

describe("a team's stack", () => {
  const config = {
    kind: "services",
    gateway: '{"stack":"acme/platform/production"}',
    namespace: "team-a",
    services: JSON.stringify({ vmagent: { upstream: vmagent } }),
  };

  it("protects its services behind the gateway that another stack's output describes", async () => {
    const { result, made } = await run(() => createServices(parseServicesSettings(config)), {
      "acme/platform/production": { gateway: JSON.parse(await exported()) as Fields },
    });
    assert.ok(made.has(":Rule", "vmagent") && !made.has(":Ingress", "vmagent"));
    assert.deepEqual(result, { services: { vmagent: "http://vmagent.apps.example.com" } });
  });

  it("reports all that its gateway refuses at once, with the paths of its own settings", async () => {
    const hosts = ["grafana.example.net"];
    const mistakes = {
      ...config,
      namespace: "team-b",
      services: JSON.stringify({ vmagent: { upstream: vmagent, hosts }, auth: { upstream: vmagent } }),
    };
    const ref = { ...(JSON.parse(await exported()) as Fields), route: { kind: "ingress" } };
    const refused = run(() => createServices(parseServicesSettings(mistakes)), {
      "acme/platform/production": { gateway: ref },
    });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof SettingsProblem);
      assert.deepEqual(
        error.problems.map(({ path }) => path),
        ["portcullis:namespace", "portcullis:services.vmagent.hosts[0]", "portcullis:services.auth.hosts"],
      );
      return true;
    });
  });

  it("may name only the gateway's groups", async () => {
    const ref = { ...(JSON.parse(await exported()) as Fields), groups: ["sre", "ops"] };
    const services = { vmagent: { upstream: vmagent, access: { groups: ["sre", "obs"] } } };
    const stacks = { "acme/platform/production": { gateway: ref } };
    const up = (of: object) =>
      run(() => createServices(parseServicesSettings({ ...config, services: JSON.stringify(of) })), stacks);
    await assert.rejects(up(services), (error) => {
      assert.ok(error instanceof SettingsProblem);
      assert.deepEqual(
        error.problems.map(({ path, fix }) => [path, fix]),
        [
          [
            "portcullis:services.vmagent.access.groups[1]",
            'Did you mean "ops"? Add it to groups of the gateway, or write one that it has: sre, ops.',
          ],
        ],
      );
      return true;
    });
    const { made } = await up({ vmagent: { upstream: vmagent, access: { groups: ["sre"] } } });
    const { authorizer } = made.one(":Rule", "vmagent").inputs["spec"] as { authorizer: Fields };
    assert.match(JSON.stringify(authorizer), /authorize\?groups=sre"/);
    assert.throws(
      () => GatewayRef.fromJson(JSON.stringify({ ...ref, groups: [1] })),
      /groups: is not a list/,
    );
  });

  it("accepts no setting of a gateway's stack, and reports what is missing", () => {
    assert.throws(
      () => parseServicesSettings({ kind: "services", domain: "apps.example.com" }),
      (error) => {
        assert.ok(error instanceof SettingsProblem);
        assert.deepEqual(error.problems.map(({ path, reason }) => `${path} ${reason}`).sort(), [
          "portcullis:domain is not a setting",
          "portcullis:gateway is missing",
          "portcullis:services is missing",
        ]);
        return true;
      },
    );
  });
});
