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

describe("resources of Google's that cannot sign anybody in", () => {
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

  it("are refused where they are made by Identity-Aware Proxy", async () => {
    const { violations } = judge(iapOauth, await iap());
    assert.deepEqual(violations.map((one) => /^(\w+): .*Google has shut down/.exec(one)?.[1]).sort(), [
      "brand",
      "client",
    ]);
    assert.deepEqual(judge(iamOauthClient, await iap()), { violations: [] });
  });

  it("are told with the step that makes another, and no page that the package has not", async () => {
    const { violations } = judge(iapOauth, await iap());
    for (const told of [...violations, iapOauth.remediationSteps, iamOauthClient.remediationSteps]) {
      assert.match(told ?? "", /https:\/\/console\.cloud\.google\.com\/auth\/clients\/create/);
      assert.doesNotMatch(told ?? "", /\.md/);
    }
  });

  it("are warned of where they sign in workforce identities", async () => {
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
    it(`takes the defaults of ${name} for its options`, () => {
      const properties = configSchema?.properties ?? {};
      for (const [option, schema] of Object.entries(properties)) {
        const validate = new Ajv().compile(schema);
        assert.ok(validate(schema.default), option);
        assert.match(schema.description ?? "", /\.$/, `${option} says what it is`);
      }
    });

  for (const { name, severity, remediationSteps, url, framework } of policies)
    it(`tells how much ${name} matters, what to do, and where to read more`, () => {
      assert.ok(severity);
      assert.match(remediationSteps ?? "", /^[A-Z].*\.$/);
      assert.equal(new URL(url ?? "").protocol, "https:");
      for (const part of ["name", "version", "reference", "specification"] as const)
        assert.notEqual(framework?.[part], "", part);
    });

  it("says nothing of resources of other providers, or of charts", async () => {
    const others = recording(() => {
      new gcp.storage.Bucket("bucket", { location: "EU" });
      new Release("chart", { chart: "shop" });
    });
    for (const policy of policies)
      assert.deepEqual(judge(policy, await others(), { stack: "production" }), { violations: [] });
  });

  it("takes objects of which nothing is said", async () => {
    const bare = recording(() => {
      new Deployment("deployment", { spec: { selector: {}, template: {} } });
      for (const Kind of [DeploymentPatch, Service, Secret, Ingress]) new Kind(Kind.name);
    });
    for (const policy of policies) judge(policy, await bare());
  });
});
