import assert from "node:assert/strict";
import { Provider } from "@pulumi/kubernetes";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { AccessGateway } from "../../../components/accessGateway";
import { ProtectedService } from "../../../components/protectedService";
import { run } from "../mocks";
import { ingressController, ofOtherStack, staff, vmagent } from "./programs";

type Providers = Readonly<Record<"gateway" | "other", Provider>>;

/** Names of the providers that make the objects of a service. */
async function providersOf(optsOf: (providers: Providers) => ComponentResourceOptions): Promise<unknown[]> {
  const { made } = await run(() => {
    const providers = { gateway: new Provider("gateway"), other: new Provider("other") };
    const gateway = new AccessGateway(
      "access",
      {
        domain: "apps.example.com",
        loginProviders: [staff()],
        route: { kind: "ingress", from: [ingressController] },
        tls: "off",
      },
      { provider: providers.gateway },
    );
    new ProtectedService("vmagent", { gateway, upstream: vmagent }, optsOf(providers));
  });
  const objects = made.all.filter(({ type, name }) => type.startsWith("kubernetes:") && name === "vmagent");
  assert.equal(objects.length, 3, "Rule, Ingress and NetworkPolicy");
  return [...new Set(objects.map(({ options }) => options.provider))];
}

describe("ProtectedService, when its gateway has its own provider,", () => {
  it("is created by that provider", async () => {
    assert.deepEqual(await providersOf(() => ({})), ["gateway"]);
  });

  it("is created by the provider of its options or its parent", async () => {
    assert.deepEqual(await providersOf(({ other }) => ({ provider: other })), ["other"]);
    assert.deepEqual(await providersOf(({ other }) => ({ providers: [other] })), ["other"]);
    assert.deepEqual(await providersOf(({ other }) => ({ providers: { kubernetes: other } })), ["other"]);
    const parentOf = (provider: Provider) =>
      new ComponentResource("test:index:Parent", "parent", {}, { provider });
    assert.deepEqual(await providersOf(({ other }) => ({ parent: parentOf(other) })), ["other"]);
  });

  it("has no provider from another program's reference", async () => {
    const { made } = await run(
      () => new ProtectedService("vmagent", { gateway: ofOtherStack, upstream: vmagent }),
    );
    assert.equal(made.one(":Rule", "vmagent").options.provider, undefined);
  });
});
