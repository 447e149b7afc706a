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

/** Notes the names of resources that are read: the engine refuses a program that gives one twice. */
function recordReads(names: string[]): void {
  const monitor = runtime.getMonitor() as unknown as MockMonitor;
  const read = monitor.readResource.bind(monitor);
  monitor.readResource = (request: ReadResourceRequest, callback: Parameters<typeof read>[1]) => {
    names.push(request.getName());
    return read(request, callback);
  };
}

describe("GatewayRef", () => {
  it("survives the way through another stack's output as JSON", async () => {
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

  it("reads version 1, whose proxy had the pods and the port of a gateway's, and took no gRPC", async () => {
    const { proxy: _, ...rest } = JSON.parse(await exported()) as Fields;
    const old = { ...rest, version: 1, proxyService: "access-proxy" };
    const { proxy, ...current } = GatewayRef.fromJson(await exported());
    const { grpcService: __, ...withoutGrpc } = proxy;
    assert.deepEqual(GatewayRef.fromJson(JSON.stringify(old)), { ...current, proxy: withoutGrpc });
  });

  it("says which pods of which proxy the services let in, and where their routes lead", async () => {
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

  it("reports every field that is not a gateway's, in one report without a stack trace", () => {
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

  it("says what a route on a Gateway and a certificate have to have, to whoever writes one by hand", async () => {
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

  it("asks for a stack once, beside a reference to it that the program has itself", async () => {
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

  it("says of another stack that it has no such output, or that it is marked as a secret", async () => {
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
      /output "gateway" of the stack platform has 1 problem:\n {2}- \(all\): is no output of that stack/,
    );
    assert.match(await reasonOf("open"), /is marked as a secret, .*with `unsecret`/);
  });

  it("refuses a version that it does not know, and what is no gateway at all", () => {
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

  it("is told what its gateway refuses by its own settings, all at once", async () => {
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

  it("names the gateway's groups, and no others", async () => {
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

  it("takes no key of a gateway's stack, and names what is missing", () => {
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
