import assert from "node:assert/strict";
import { output, RunError } from "@pulumi/pulumi";
import { GatewayRef } from "../../../components/gatewayRef";
import { InputProblem } from "../../../components/shared/errors";
import { services } from "../../../stacks/services";
import { parseServicesSettings } from "../../../stacks/settings/parse";
import { SettingsProblem } from "../../../stacks/settings/report";
import { run, type Fields } from "../mocks";
import { gateway, ingressController, vmagent } from "./programs";

const wildcard = { kind: "ingress", from: [ingressController], wildcard: true } as const;

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

describe("GatewayRef", () => {
  it("survives the way through another stack's output as JSON", async () => {
    const ref = GatewayRef.fromJson(await exported());
    assert.deepEqual(ref, {
      version: 1,
      domain: "apps.example.com",
      namespace: "portcullis",
      proxyService: "access-proxy",
      route: { kind: "ingress", wildcard: true },
      tls: "off",
      clusterOnly: true,
    });
  });

  it("reports every field that is not a gateway's, in one report without a stack trace", () => {
    const mistakes = { version: 1, domain: "https://x", namespace: 5, proxyService: "p", tls: "on" };
    assert.throws(
      () => GatewayRef.fromJson(JSON.stringify(mistakes)),
      (error) => {
        assert.ok(error instanceof InputProblem && RunError.isInstance(error));
        assert.deepEqual(
          error.problems.map(({ path }) => path),
          ["domain", "namespace", "route", "tls"],
        );
        return true;
      },
    );
  });

  it("refuses a version that it does not know, and what is no gateway at all", () => {
    for (const json of ['{"version":2}', "[]", "null", "no JSON"])
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
    const { result, made } = await run(() => services(parseServicesSettings(config)), {
      "acme/platform/production": { gateway: JSON.parse(await exported()) as Fields },
    });
    assert.ok(made.has(":Rule", "vmagent") && !made.has(":Ingress", "vmagent"));
    assert.deepEqual(result, { services: { vmagent: "http://vmagent.apps.example.com" } });
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
