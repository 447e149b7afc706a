import assert from "node:assert/strict";
import { output, runtime, secret, unknown, type Inputs, type Output } from "@pulumi/pulumi";
import { ingressController, vmagent } from "../components/programs";
import { preview, run, type Fields } from "../mocks";
import { constructGateway, constructService, ref, refusal, typedRef } from "./constructs";

/** As a component provider does: a separate connection for each component, to the one monitor of the run. */
function connectTo(address: string): void {
  Object.assign(runtime.getMonitor() ?? {}, { getChannel: () => ({ getTarget: () => address }) });
}

/** The gateway as the engine passes it on: without outputs, with its fields in another order. */
async function handedOn(gateway: unknown): Promise<Fields> {
  const known = await new Promise((resolve) => void (output(gateway) as Output<unknown>).apply(resolve));
  return Object.fromEntries(Object.entries(known as Fields).reverse());
}

/** What a gateway with these arguments has as output, once the engine has passed it on. */
async function gatewayOutput(inputs: Inputs = {}): Promise<Fields> {
  const { state } = await constructGateway(inputs);
  return handedOn((state as { gateway: unknown }).gateway);
}

const from = [ingressController];
const parentRef = { namespace: "gateways", name: "public", sectionName: "https" };
const annotations = { "example.com/owner": "platform" };
/** Arguments of gateways that together have every field of a reference. */
const gateways: readonly Inputs[] = [
  {
    route: { kind: "ingress", from, className: "public", annotations, wildcard: true },
    tls: { issuer: { kind: "ClusterIssuer", name: "ca" } },
    serviceAccountIssuer: "https://kubernetes.default.svc",
    groups: { sre: { emails: ["alice@example.com"] } },
    upstreams: {
      authorities: { ours: { secretName: "ca", key: "ca.crt" } },
      clientCertificates: { proxy: { secretName: "proxy-tls", namespaces: ["team-a"] } },
      credentials: {
        grafana: { kind: "header", secretName: "grafana", key: "token", namespaces: ["team-a"] },
      },
    },
  },
  { route: { kind: "ingress", from }, tls: { secretName: "apps-tls" } },
  {
    route: { kind: "gatewayApi", from, parentRef, namespaces: ["team-a"], annotations, wildcard: true },
    tls: "external",
  },
];

describe("a Service of the component package", () => {
  it("makes a protected service with the gateway that another component has as output", async () => {
    const { made, result } = await run(async () => {
      const { state } = await constructGateway();
      return constructService("wiki", { gateway: output((state as { gateway: unknown }).gateway) });
    });
    assert.equal(made.one(":ProtectedService", "wiki").options.parent, "portcullis:index:Service wiki");
    const { metadata } = made.one(":Rule", "wiki").inputs as { metadata: Fields };
    assert.equal(metadata["namespace"], "portcullis");
    const { url } = result.state as { url: Output<string> };
    assert.equal(await new Promise((resolve) => void url.apply(resolve)), "http://wiki.apps.example.com");
  });

  it("accepts a gateway that an older version of the library wrote", async () => {
    const { proxy: _, version: _version, ...rest } = ref;
    const gateway = { ...rest, version: 1, proxyService: "old-proxy" };
    const { made } = await run(() => constructService("wiki", { gateway }));
    assert.match(JSON.stringify(made.one(":Ingress", "wiki").inputs), /"old-proxy"/);
  });

  it("gets every field of its gateway from an SDK with types, at every level", async () => {
    for (const inputs of gateways) {
      const { result } = await run(() => gatewayOutput(inputs));
      assert.deepEqual(typedRef(result), result);
    }
  });

  it("may use gRPC behind a gateway that an SDK with types has handed on", async () => {
    const upstream = { ...vmagent, scheme: "grpc" };
    const { made } = await run(async () =>
      constructService("calls", { gateway: typedRef(await gatewayOutput()), upstream }),
    );
    assert.match(JSON.stringify(made.one(":Ingress", "calls").inputs), /"name":"access-proxy-grpc"/);
  });

  it("makes nothing else in a preview that does not know its gateway yet", async () => {
    for (const gateway of [output(unknown), output({ ...ref, namespace: unknown })]) {
      const { made } = await preview(() => constructService("wiki", { gateway }));
      assert.deepEqual(made.names, ["portcullis:index:Service wiki"]);
    }
  });

  describe("is refused", () => {
    const lines = async (name: string, inputs: Inputs) => {
      const { result } = await run(() => refusal(constructService(name, inputs)));
      assert.match(result.message, new RegExp(`^Service "${name}" has ${result.problems.length} problem`));
      return result.problems.map(({ path, reason }) => `${path}: ${reason}`);
    };

    it("in one report, by the names that the program has for its arguments", async () => {
      const upstream = { ...vmagent, port: 0, name: "No Name" };
      const told = await lines("wiki", {
        upstream,
        hosts: ["wiki.example.net"],
        colour: "red",
        isolation: {},
      });
      assert.deepEqual(told.map((line) => line.replace(/:.*/, "")).sort(), [
        "colour",
        "hosts[0]",
        "isolation.alsoAllow",
        "upstream.name",
        "upstream.port",
      ]);
    });

    it("for an invalid gateway, or one of a later version", async () => {
      assert.match((await lines("wiki", { gateway: "access" })).join(), /^gateway: is not a gateway$/);
      const [version] = await lines("wiki", { gateway: { ...ref, version: 3 } });
      assert.match(version ?? "", /^gateway\.version: /);
      const [domain] = await lines("wiki", { gateway: { ...ref, domain: "a b" } });
      assert.match(domain ?? "", /^gateway\.domain: /);
    });

    it("for a secret anywhere, and for an upstream that is known only later", async () => {
      const told = await lines("wiki", {
        headers: { "X-Token": secret("hunter2hunter2") },
        upstream: { ...vmagent, name: output(unknown) },
      });
      assert.deepEqual(told.map((line) => line.replace(/:.*/, "")).sort(), [
        "headers.X-Token",
        "upstream.name",
      ]);
    });

    it("for hosts of another component in the same run, but not in another run", async () => {
      await run(() => {
        connectTo("127.0.0.1:4001");
        return constructService("wiki", { hosts: ["docs.apps.example.com"] });
      });
      const { result } = await run(() => {
        connectTo("127.0.0.1:4001");
        const { version, ...others } = ref;
        return refusal(constructService("docs", { gateway: { ...others, version } }));
      });
      assert.match(
        result.message,
        /^Service "docs" has 1 problem:\n {2}- hosts: match requests that the service "wiki" takes/,
      );
      const { made } = await run(() => {
        connectTo("127.0.0.1:4002");
        return constructService("docs");
      });
      assert.ok(made.has(":Rule", "docs"), "another run has services of its own");
    });

    it("for hosts of a service that its gateway made itself", async () => {
      const { result } = await run(async () => {
        const gateway = await gatewayOutput({ services: { docs: { upstream: vmagent } } });
        return refusal(constructService("wiki", { gateway, hosts: ["docs.apps.example.com"] }));
      });
      assert.match(result.message, /hosts: match requests that the service "docs" takes/);
    });

    it("for such hosts also if an older SDK has dropped every optional field of the gateway", async () => {
      const { result } = await run(async () => {
        const handed = await gatewayOutput({ services: { docs: { upstream: vmagent } } });
        const { clusterOnly: _, groups: __, upstreams: ___, ...gateway } = handed;
        const { grpcService: ____, ...proxy } = gateway["proxy"] as Fields;
        return refusal(
          constructService("wiki", { gateway: { ...gateway, proxy }, hosts: ["docs.apps.example.com"] }),
        );
      });
      assert.match(result.message, /hosts: match requests that the service "docs" takes/);
    });
  });
});
