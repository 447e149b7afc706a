import Ajv from "ajv";
import assert from "node:assert/strict";
import { iamOauthClient } from "../../../policy/policies/iamOauthClient";
import { iapOauth } from "../../../policy/policies/iapOauth";
import { policies, registry } from "../../../policy/registry";
import { judge, type Resource } from "./harness";

describe("resources of Google's that cannot sign anybody in", () => {
  const ofType = (type: string): Resource => ({ type, name: "google", props: {} });

  for (const type of ["gcp:iap/brand:Brand", "gcp:iap/client:Client"])
    it(`are refused: ${type}`, () => {
      assert.match(judge(iapOauth, [ofType(type)]).violations.join(), /Google has shut down/);
      assert.deepEqual(judge(iamOauthClient, [ofType(type)]), { violations: [] });
    });

  it("are warned of: gcp:iam/oauthClient:OauthClient", () => {
    const client = ofType("gcp:iam/oauthClient:OauthClient");
    assert.match(judge(iamOauthClient, [client]).violations.join(), /workforce identities/);
    assert.deepEqual(judge(iapOauth, [client]), { violations: [] });
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

  it("says nothing of resources of other providers", () => {
    const bucket: Resource = { type: "gcp:storage/bucket:Bucket", name: "bucket", props: { spec: 1 } };
    const chart: Resource = { type: "kubernetes:helm.sh/v3:Release", name: "chart", props: {} };
    for (const policy of policies)
      assert.deepEqual(judge(policy, [bucket, chart], { stack: "production" }), { violations: [] });
  });

  it("takes objects of which nothing is said", () => {
    const kinds = ["apps/v1:Deployment", "core/v1:Service", "core/v1:Secret", "networking.k8s.io/v1:Ingress"];
    const bare = kinds.map((kind): Resource => ({ type: `kubernetes:${kind}`, name: kind, props: {} }));
    for (const policy of policies) judge(policy, bare);
  });
});
