import assert from "node:assert/strict";
import { sessionCookieName } from "../../../ory/cookies";
import { kratosConfig } from "../../../ory/kratos/config";
import { sessionCheckCache, sessionCheckUrl } from "../../../ory/nginx/sessionCheckCache";
import { oathkeeperArguments, oathkeeperConfig, ruleFile } from "../../../ory/oathkeeper/config";
import { parseDomain } from "../../../ory/oathkeeper/hosts";
import { ruleCrd } from "../../../ory/oathkeeper/ruleCrd";
import { accessRule } from "../../../ory/oathkeeper/rules";
import { sentinelRule } from "../../../ory/oathkeeper/sentinel";
import { assertPinned } from "./pinned";

const domain = parseDomain("portcullis.localhost:8080");
const config = oathkeeperConfig({
  scheme: "http",
  domain,
  loginUrl: "http://auth.portcullis.localhost:8080/login",
  sessionCheckUrl: sessionCheckUrl(4460),
});

describe("Oathkeeper configuration", () => {
  it("is the pinned document, which both release sets take", () => {
    assertPinned("oathkeeper.json", config);
  });

  it("enables every handler that a rule names", () => {
    const enabled = (handlers: Record<string, { enabled: boolean }>, name: string) =>
      handlers[name]?.enabled === true;
    const rule = accessRule({
      scheme: "http",
      domain,
      hosts: ["a.portcullis.localhost"],
      upstreamUrl: "http://a",
    });
    for (const { authenticators, authorizer, mutators } of [rule, sentinelRule]) {
      for (const { handler } of authenticators) assert.ok(enabled(config.authenticators, handler), handler);
      assert.ok(enabled(config.authorizers, authorizer.handler), authorizer.handler);
      for (const { handler } of mutators) assert.ok(enabled(config.mutators, handler), handler);
    }
  });

  it("blanks every spelling of the identity headers with an underscore", () => {
    const { headers } = config.mutators.header.config;
    const blank = Object.entries(headers).filter(([, template]) => template === "");
    assert.deepEqual(blank.map(([name]) => name).sort(), [
      "X-User_Email",
      "X-User_Id",
      "X_User-Email",
      "X_User-Id",
      "X_User_Email",
      "X_User_Id",
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
      sessionLifespan: "24h",
      onePerUser: true,
      secondFactor: "off",
      providers: [{ id: "google", kind: "google", clientId: "id", mapperUrl: "file:///m.jsonnet" }],
    });
    const { name } = kratos.session.cookie;
    assert.deepEqual(config.authenticators.cookie_session.config.only, [name]);
    assert.deepEqual(config.mutators.cookie.config.cookies, { [name]: "" });
  });

  it("reports nothing to anybody and reads its rules from the shared folder", () => {
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

describe("session check", () => {
  const input = { kratos: { host: "kratos-public.portcullis.svc", port: 80 }, port: 4460, healthPort: 4461 };

  it("is the pinned configuration with a cache", () => {
    assertPinned("sessionCheck.conf", sessionCheckCache({ ...input, life: "5s" }));
  });

  it("is the pinned configuration without a cache", () => {
    assertPinned("sessionCheck-off.conf", sessionCheckCache({ ...input, life: "off" }));
  });

  it("listens to the pod alone, but for the probes", () => {
    const listens = [...sessionCheckCache({ ...input, life: "5s" }).matchAll(/listen (.*);/g)].map(
      ([, to]) => to,
    );
    assert.deepEqual(listens, ["127.0.0.1:4460", "4461"]);
  });

  it("remembers by the very value it forwards, and only what Kratos affirmed", () => {
    const text = sessionCheckCache({ ...input, life: "30s" });
    assert.match(text, /proxy_cache_key \$session;/);
    assert.match(text, new RegExp(`proxy_set_header Cookie ${sessionCookieName}=\\$session;`));
    assert.match(text, /proxy_pass_request_headers off;/);
    assert.deepEqual(
      [...text.matchAll(/proxy_cache_valid (.*);/g)].map(([, what]) => what),
      ["200 30s"],
    );
  });

  it("takes the first readable cookie of exactly that name, as Kratos does", () => {
    const source = /"~(.*)" \$1;/.exec(sessionCheckCache({ ...input, life: "5s" }))?.[1];
    assert.ok(source !== undefined);
    const session = (header: string) => new RegExp(source).exec(header)?.[1] ?? "";
    assert.equal(session(`${sessionCookieName}=MTc_-w==`), "MTc_-w==");
    assert.equal(session(`a=b; ${sessionCookieName}=one; ${sessionCookieName}=two`), "one");
    assert.equal(session(`${sessionCookieName}="; ${sessionCookieName}=two`), "two");
    for (const header of [
      "",
      `${sessionCookieName}=`,
      `x${sessionCookieName}=one`,
      `${sessionCookieName.toUpperCase()}=one`,
      `a=b,${sessionCookieName}=one`,
      `${sessionCookieName}=one two`,
      `${sessionCookieName}=one\nCookie: x`,
    ])
      assert.equal(session(header), "", header);
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
    const rule = accessRule({
      scheme: "http",
      domain,
      hosts: ["a.portcullis.localhost"],
      upstreamUrl: "http://a",
    });
    for (const written of [rule, sentinelRule])
      for (const field of Object.keys(written)) assert.ok(field in declared, field);
  });
});
