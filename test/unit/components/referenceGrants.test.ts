import assert from "node:assert/strict";
import { run } from "../mocks";
import { gateway, ingressController } from "./programs";

const type = (version: string) => `kubernetes:gateway.networking.k8s.io/${version}:ReferenceGrant`;

const made = (referenceGrants?: "v1beta1" | "v1") =>
  run(() =>
    gateway({
      route: {
        kind: "gatewayApi",
        from: [ingressController],
        parentRef: { namespace: "ingress", name: "traefik" },
        namespaces: ["team-a"],
        ...(referenceGrants && { referenceGrants }),
      },
      tls: "external",
    }),
  );

describe("the ReferenceGrant of a gateway", () => {
  for (const { asked, version, other } of [
    { asked: undefined, version: "v1beta1", other: "v1" },
    { asked: "v1beta1", version: "v1beta1", other: "v1" },
    { asked: "v1", version: "v1", other: "v1beta1" },
  ] as const)
    it(`has version ${version} when ${asked ?? "nothing"} is configured, and is the same object as one of ${other}`, async () => {
      const grants = (await made(asked)).made.ofType(":ReferenceGrant");
      assert.deepEqual(
        grants.map((grant) => [grant.type, grant.inputs["apiVersion"], grant.formerTypes]),
        [[type(version), `gateway.networking.k8s.io/${version}`, [type(other)]]],
      );
    });

  it("has no other difference between the versions", async () => {
    const written = async (version: "v1beta1" | "v1") =>
      (await made(version)).made.one(":ReferenceGrant", "access-routes").inputs;
    const former = await written("v1beta1");
    const now = await written("v1");
    assert.deepEqual({ ...now, apiVersion: former["apiVersion"] }, former);
  });

  it("does not show its version to services", async () => {
    const { result } = await made("v1");
    assert.ok(!JSON.stringify(result.ref.route).includes("referenceGrants"));
    assert.ok(JSON.stringify(result.ref.route).includes("team-a"));
  });
});
