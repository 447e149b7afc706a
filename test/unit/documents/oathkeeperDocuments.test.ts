import assert from "node:assert/strict";
import { kratosConfig } from "../../../documents/kratos/config";
import type { SecondFactor } from "../../../documents/kratos/secondFactor";
import { sessionCheckUrl } from "../../../documents/nginx/sessionCheck";
import { oathkeeperArguments, oathkeeperConfig, ruleFile } from "../../../documents/oathkeeper/config";
import { parseDomain } from "../../../documents/oathkeeper/hosts";
import { ruleCrd } from "../../../documents/oathkeeper/ruleCrd";
import { accessRules } from "../../../documents/oathkeeper/accessRules";
import { sentinelRule } from "../../../documents/oathkeeper/sentinel";
import { assertPinned } from "./pinned";

const domain = parseDomain("portcullis.localhost:8080");
const input = {
  sessionCheckUrl,
  sessionCookie: "ory_kratos_session",
  secondFactor: "optional",
  signer: {
    issuer: "http://auth-server.portcullis.localhost:8080",
    keyFile: "/etc/portcullis-key/keys.json",
  },
} as const;
const config = oathkeeperConfig(input);

describe("Oathkeeper configuration", () => {
  it("is the pinned document", () => {
    assertPinned("oathkeeper.json", config);
  });

  it("ignores sessions below aal2 only where a second factor is required", () => {
    const subject = (secondFactor: SecondFactor) =>
      oathkeeperConfig({ ...input, secondFactor }).authenticators.cookie_session.config.subject_from;
    assert.equal(subject("off"), "identity.id");
    assert.equal(subject("optional"), "identity.id");
    assert.equal(
      subject("required"),
      '[{"aal":authenticator_assurance_level,"id":identity.id},!{"aal":"aal2","id":false}].#(aal=="aal2").id',
    );
  });

  it("sends only the headers that a service receives and those that nginx decides by", () => {
    assert.deepEqual(Object.keys(config.mutators.header.config.headers), [
      ...["X-User-Id", "X-User-Email"],
      ...[
        "X-Portcullis-Known",
        "X-Portcullis-Machine",
        "X-Portcullis-Claims",
        "X-Portcullis-Email",
        "X-Portcullis-Groups",
      ],
    ]);
  });

  it("sends nothing upstream that a visitor can write", () => {
    assert.doesNotMatch(JSON.stringify(config.mutators), /traits/);
  });

  it("agrees with Kratos on the cookie", () => {
    const kratos = kratosConfig({
      release: "v26.2",
      domain: domain.name,
      publicUrl: "http://auth-server.portcullis.localhost:8080",
      loginUiUrl: "http://auth.portcullis.localhost:8080",
      allowedReturnUrls: ["http://*.portcullis.localhost:8080/"],
      sameSite: "Lax",
      sessionCookie: input.sessionCookie,
      sessionLifespan: "24h",
      onePerUser: true,
      secondFactor: "off",
      adminListener: "loopback",
      providers: [
        {
          id: "google",
          kind: "google",
          label: "Google",
          clientId: "id",
          scopes: ["openid"],
          mapperUrl: "file:///m.jsonnet",
        },
      ],
    });
    const { name } = kratos.session.cookie;
    assert.deepEqual(config.authenticators.cookie_session.config.only, [name]);
  });

  it("disables telemetry and reads its rules from the shared folder", () => {
    assert.deepEqual(oathkeeperArguments("/o.json"), [
      "serve",
      "--config",
      "/o.json",
      "--sqa-opt-out",
      "--disable-telemetry",
    ]);
    assert.deepEqual(config.access_rules.repositories, [`file://${ruleFile}`]);
  });
});

describe("Rule CRD", () => {
  it("is the pinned schema", () => {
    assertPinned("ruleCrd.json", ruleCrd);
  });

  it("has no status subresource, because Maester updates the whole object", () => {
    assert.deepEqual(
      ruleCrd.spec.versions.map((version) => "subresources" in version),
      [false],
    );
  });

  it("declares every field of the rules that are written", () => {
    const declared = ruleCrd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {};
    const [rule] = accessRules({ scheme: "http", domain, hosts: ["a.portcullis.localhost"] });
    for (const written of [rule.withUpstream("http://a"), sentinelRule])
      for (const field of Object.keys(written)) assert.ok(field in declared, field);
  });
});
