import assert from "node:assert/strict";
import { output, runtime, secret, unknown, type Inputs, type Output } from "@pulumi/pulumi";
import { vmagent } from "../components/programs";
import { preview, run, type Fields } from "../mocks";
import { constructGateway, constructService, ref, refusal } from "./constructs";

/** As a component provider does: a connection of its own for each component, to the one monitor of the run. */
function connectTo(address: string): void {
  Object.assign(runtime.getMonitor() ?? {}, { getChannel: () => ({ getTarget: () => address }) });
}

/** The gateway as the engine hands it on: without outputs, its fields in an order of their own. */
async function handedOn(gateway: unknown): Promise<Fields> {
  const known = await new Promise((resolve) => void (output(gateway) as Output<unknown>).apply(resolve));
  return Object.fromEntries(Object.entries(known as Fields).reverse());
}

describe("a Service of the component package", () => {
  it("is a protected service, by the gateway that another component has as output", async () => {
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

  it("takes a gateway that an older version of the library wrote", async () => {
    const { proxy: _, version: _version, ...rest } = ref;
    const gateway = { ...rest, version: 1, proxyService: "old-proxy" };
    const { made } = await run(() => constructService("wiki", { gateway }));
    assert.match(JSON.stringify(made.one(":Ingress", "wiki").inputs), /"old-proxy"/);
  });

  it("is only itself in a preview that does not know its gateway yet", async () => {
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

    it("for a gateway that is none, or of a later version", async () => {
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

    it("for hosts of another component of the same run, over a connection of its own", async () => {
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
        /^Service "docs" has 1 problem:\n {2}- hosts: lead to requests that the service "wiki" takes/,
      );
      const { made } = await run(() => {
        connectTo("127.0.0.1:4002");
        return constructService("docs");
      });
      assert.ok(made.has(":Rule", "docs"), "another run has services of its own");
    });

    it("for hosts of a service that its gateway made itself", async () => {
      const { result } = await run(async () => {
        const { state } = await constructGateway({ services: { docs: { upstream: vmagent } } });
        const gateway = await handedOn((state as { gateway: unknown }).gateway);
        return refusal(constructService("wiki", { gateway, hosts: ["docs.apps.example.com"] }));
      });
      assert.match(result.message, /hosts: lead to requests that the service "docs" takes/);
    });
  });
});
