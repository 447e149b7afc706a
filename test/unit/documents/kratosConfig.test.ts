import assert from "node:assert/strict";
import { kratosConfig, type KratosConfigInput } from "../../../documents/kratos/config";
import { identitySchema } from "../../../documents/kratos/identitySchema";
import { releases } from "../../../documents/shared/release";
import { assertPinned } from "./pinned";

const input: KratosConfigInput = {
  release: "v1.3",
  domain: "portcullis.localhost",
  publicUrl: "http://auth-server.portcullis.localhost:8080",
  loginUiUrl: "http://auth.portcullis.localhost:8080",
  allowedReturnUrls: ["http://*.portcullis.localhost:8080/"],
  sameSite: "Lax",
  sessionCookie: "ory_kratos_session",
  sessionLifespan: "24h",
  onePerUser: true,
  secondFactor: "off",
  adminListener: "loopback",
  providers: [
    {
      id: "stub",
      kind: "generic",
      label: "Stub",
      issuerUrl: "http://issuer.portcullis.localhost:8080",
      clientId: "portcullis",
      scopes: ["openid", "email", "profile"],
      mapperUrl: "file:///etc/kratos/mappers/stub.jsonnet",
    },
  ],
};
const withMail: KratosConfigInput = { ...input, smtp: { from: "gate@example.com" } };

describe("Kratos configuration", () => {
  for (const release of releases) {
    it(`is the pinned document for ${release}`, () => {
      assertPinned(`kratos-${release}.json`, kratosConfig({ ...input, release }));
    });

    it(`is the pinned document for ${release} with every option`, () => {
      const everything: KratosConfigInput = {
        ...input,
        release,
        sameSite: "Strict",
        sessionLifespan: "8h",
        onePerUser: false,
        secondFactor: "optional",
        smtp: { from: "gate@example.com", recovery: true },
        providers: [
          {
            id: "google",
            kind: "google",
            label: "google",
            clientId: "1-a.apps.googleusercontent.com",
            scopes: ["openid", "email"],
            pkce: "force",
            mapperUrl: "file:///etc/kratos/mappers/google.jsonnet",
          },
          ...input.providers,
        ],
      };
      assertPinned(`kratos-${release}-everything.json`, kratosConfig(everything));
    });
  }

  it("names no key that holds a secret", () => {
    const keys = keysOf(kratosConfig({ ...withMail, secondFactor: "optional" }));
    for (const secret of ["dsn", "secrets", "client_secret", "connection_uri"])
      assert.ok(!keys.has(secret), `${secret} is in the document`);
  });

  it("lets users in only through a login provider", () => {
    for (const secondFactor of ["off", "optional", "required"] as const) {
      const { methods } = kratosConfig({ ...withMail, secondFactor }).selfservice;
      assert.equal(methods.password.enabled, false);
      assert.equal(methods.passkey.enabled, false);
      assert.equal(methods.code.enabled, false);
      assert.equal(methods.code.passwordless_enabled, false);
      assert.equal(methods.profile.enabled, false);
      assert.equal(methods.webauthn.config.passwordless, false);
    }
  });

  it("asks for the second factor wherever it can be set up, and nowhere else", () => {
    const aal = (secondFactor: KratosConfigInput["secondFactor"]) => {
      const { session, selfservice } = kratosConfig({ ...input, secondFactor });
      const { totp, webauthn, lookup_secret: recoveryCodes } = selfservice.methods;
      return {
        whoami: session.whoami.required_aal,
        settings: selfservice.flows.settings.required_aal,
        enabled: [totp.enabled, webauthn.enabled, recoveryCodes.enabled],
      };
    };
    assert.deepEqual(aal("off"), { whoami: "aal1", settings: "aal1", enabled: [false, false, false] });
    for (const asked of ["optional", "required"] as const)
      assert.deepEqual(aal(asked), {
        whoami: "highest_available",
        settings: "highest_available",
        enabled: [true, true, true],
      });
  });

  it("sends mail only with a mail server, and recovers accounts only when configured", () => {
    const mail = (smtp?: KratosConfigInput["smtp"]) => {
      const config = kratosConfig(smtp === undefined ? input : { ...input, smtp });
      const { flows, methods } = config.selfservice;
      return ["courier" in config, methods.link.enabled, flows.verification.enabled, flows.recovery.enabled];
    };
    assert.deepEqual(mail(), [false, false, false, false]);
    assert.deepEqual(mail({ from: "gate@example.com" }), [true, true, true, false]);
    assert.deepEqual(mail({ from: "gate@example.com", recovery: true }), [true, true, true, true]);
  });

  it("ends a user's other sessions at sign-in only where each user may have one", () => {
    const hooks = (onePerUser: boolean) =>
      kratosConfig({ ...input, onePerUser }).selfservice.flows.login.after.oidc.hooks.map(({ hook }) => hook);
    assert.deepEqual(hooks(true), ["require_verified_address", "revoke_active_sessions"]);
    assert.deepEqual(hooks(false), ["require_verified_address"]);
  });

  it("opens a session after the first sign-in only after the guard of the e-mail address", () => {
    const { registration, settings } = kratosConfig(input).selfservice.flows;
    const [guard, session] = registration.after.oidc.hooks;
    assert.deepEqual(session, { hook: "session" });
    assert.ok(guard !== undefined && "config" in guard);
    assert.equal(guard.config.response.parse, true, "the guard must run before anything is stored");
    assert.match(decode(guard.config.body), /traits\.email.* == ctx\.identity\.metadata_public\.email/);
    const [linking] = settings.after.oidc.hooks;
    assert.ok(linking !== undefined);
    assert.match(decode(linking.config.body), /^function\(ctx\) error '/);
  });

  it("embeds the identity schema", () => {
    const { default_schema_id: standard, schemas } = kratosConfig(input).identity;
    assert.equal(standard, "admin");
    assert.equal(schemas[0]?.id, "admin");
    assert.deepEqual(JSON.parse(decode(schemas[0].url)), identitySchema);
  });

  it("opens the public API only to scripts of the login UI", () => {
    const { cors } = kratosConfig(input).serve.public;
    assert.deepEqual(cors.allowed_origins, ["http://auth.portcullis.localhost:8080"]);
  });
});

function decode(url: string): string {
  assert.ok(url.startsWith("base64://"));
  return Buffer.from(url.slice("base64://".length), "base64").toString();
}

function keysOf(value: unknown): Set<string> {
  if (typeof value !== "object" || value === null) return new Set();
  return new Set(Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]));
}
