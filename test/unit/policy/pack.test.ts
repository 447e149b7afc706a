import * as gcp from "@pulumi/gcp";
import { Release } from "@pulumi/kubernetes/helm/v3";
import { Deployment, DeploymentPatch } from "@pulumi/kubernetes/apps/v1";
import { Secret, Service } from "@pulumi/kubernetes/core/v1";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import Ajv from "ajv";
import assert from "node:assert/strict";
import { iamOauthClient } from "../../../policy/policies/iamOauthClient";
import { iapOauth } from "../../../policy/policies/iapOauth";
import { policies, registry } from "../../../policy/registry";
import { judge } from "./harness";
import { recording } from "./programs";

describe("Google's resources that cannot sign anybody in", () => {
  const iap = recording(() => {
    const brand = new gcp.iap.Brand("brand", { applicationTitle: "Login", supportEmail: "a@example.com" });
    return new gcp.iap.Client("client", { brand: brand.name, displayName: "Login" });
  });
  const iam = recording(
    () =>
      new gcp.iam.OauthClient("client", {
        allowedGrantTypes: ["AUTHORIZATION_CODE_GRANT"],
        allowedRedirectUris: ["https://auth-server.apps.example.com"],
        allowedScopes: ["openid"],
        location: "global",
        oauthClientId: "login",
      }),
  );

  it("are refused where they belong to Identity-Aware Proxy", async () => {
    const { violations } = judge(iapOauth, await iap());
    assert.deepEqual(violations.map((one) => /^(\w+): .*Google has shut down/.exec(one)?.[1]).sort(), [
      "brand",
      "client",
    ]);
    assert.deepEqual(judge(iamOauthClient, await iap()), { violations: [] });
  });

  it("name the step that makes another one, and no page that is not in the package", async () => {
    const { violations } = judge(iapOauth, await iap());
    for (const told of [...violations, iapOauth.remediationSteps, iamOauthClient.remediationSteps]) {
      assert.match(told ?? "", /https:\/\/console\.cloud\.google\.com\/auth\/clients\/create/);
      assert.doesNotMatch(told ?? "", /\.md/);
    }
  });

  it("cause a warning where they are for workforce identities", async () => {
    assert.match(judge(iamOauthClient, await iam()).violations.join(), /^client: type: signs in workforce/);
    assert.deepEqual(judge(iapOauth, await iam()), { violations: [] });
    assert.equal(iamOauthClient.enforcementLevel, "advisory");
  });
});

describe("the pack", () => {
  it("has no two policies of one name", () => {
    assert.throws(() => registry(iapOauth, iamOauthClient, iapOauth), /two policies are called iap-oauth/);
  });

  for (const { name, configSchema } of policies)
    it(`has valid and described defaults for the options of ${name}`, () => {
      const properties = configSchema?.properties ?? {};
      for (const [option, schema] of Object.entries(properties)) {
        const validate = new Ajv().compile(schema);
        assert.ok(validate(schema.default), option);
        assert.match(schema.description ?? "", /\.$/, `${option} says what it is`);
      }
    });

  for (const { name, severity, remediationSteps, url, framework } of policies)
    it(`says how severe ${name} is, what to do, and where to read more`, () => {
      assert.ok(severity);
      assert.match(remediationSteps ?? "", /^[A-Z].*\.$/);
      assert.equal(new URL(url ?? "").protocol, "https:");
      for (const part of ["name", "version", "reference", "specification"] as const)
        assert.notEqual(framework?.[part], "", part);
    });

  it("ignores resources of other providers and charts", async () => {
    const others = recording(() => {
      new gcp.storage.Bucket("bucket", { location: "EU" });
      new Release("chart", { chart: "shop" });
    });
    for (const policy of policies)
      assert.deepEqual(judge(policy, await others(), { stack: "production" }), { violations: [] });
  });

  it("judges bare objects without failing", async () => {
    const bare = recording(() => {
      new Deployment("deployment", { spec: { selector: {}, template: {} } });
      for (const Kind of [DeploymentPatch, Service, Secret, Ingress]) new Kind(Kind.name);
    });
    for (const policy of policies) judge(policy, await bare());
  });
});
