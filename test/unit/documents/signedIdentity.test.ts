import assert from "node:assert/strict";

import { accessRules, accessPolicyProblems } from "../../../documents/oathkeeper/accessRules";
import { signingKeys, type KeySet } from "../../../documents/oathkeeper/signedIdentity";

async function signed(by: KeySet): Promise<string> {
  const { importJWK, SignJWT } = await import("jose");
  const [key] = by.keys;
  assert.ok(key);
  return new SignJWT({ sub: "alice" })
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .sign(await importJWK({ ...key }, key.alg));
}

async function verify(token: string, { keys }: KeySet): Promise<string | undefined> {
  const { createLocalJWKSet, jwtVerify } = await import("jose");
  const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) }));
  return payload.sub;
}

describe("the keys of signed identities", () => {
  it("sign what the published keys verify, and the keys of another secret do not", async () => {
    const { signing, published } = signingKeys({ current: "new", next: "next", former: [] });
    assert.equal(await verify(await signed(signing), published), "alice");
    await assert.rejects(
      verify(await signed(signingKeys({ current: "other", next: "next", former: [] }).signing), published),
    );
  });

  it("are the same for the same secret, and differ for another", () => {
    assert.deepEqual(
      signingKeys({ current: "a", next: "next", former: [] }),
      signingKeys({ current: "a", next: "next", former: [] }),
    );
    assert.notDeepEqual(
      signingKeys({ current: "a", next: "next", former: [] }),
      signingKeys({ current: "b", next: "next", former: [] }),
    );
  });

  it("still verify after a rotation what was signed before it", async () => {
    const before = await signed(signingKeys({ current: "old", next: "next", former: [] }).signing);
    const { signing, published } = signingKeys({ current: "new", next: "next", former: ["old"] });
    assert.equal(await verify(before, published), "alice");
    assert.equal(signing.keys.length, 1);
    assert.equal(
      await verify(
        await signed(signing),
        signingKeys({ current: "new", next: "next", former: [] }).published,
      ),
      "alice",
    );
  });

  it("already verify before a rotation what is signed after it", async () => {
    const after = await signed(signingKeys({ current: "new", next: "next", former: ["old"] }).signing);
    assert.equal(
      await verify(after, signingKeys({ current: "old", next: "new", former: [] }).published),
      "alice",
    );
  });

  it("are published without their private parts", () => {
    assert.doesNotMatch(
      JSON.stringify(signingKeys({ current: "new", next: "next", former: ["old"] }).published),
      /"d"/,
    );
  });
});

describe("a signed identity", () => {
  const rule = (identity?: "headers" | "signedJwt") =>
    accessRules({
      scheme: "https",
      domain: { name: "apps.example.com" },
      hosts: ["grafana.apps.example.com"],
      ...(identity && { identity }),
    })[0].withUpstream("http://grafana.monitoring.svc:3000");

  it("is added to the headers only where the service asks for it, without configuration in the Rule", () => {
    assert.deepEqual(rule("signedJwt").mutators, [
      { handler: "header" },
      { handler: "cookie" },
      { handler: "id_token" },
    ]);
    assert.deepEqual(rule().mutators, rule("headers").mutators);
    assert.ok(!rule().mutators.some(({ handler }) => handler === "id_token"));
  });

  it("is refused beside public paths, where everybody would get a token", () => {
    const publicPaths = [{ path: "/healthz", match: "exact" }] as const;
    const paths = (identity: "headers" | "signedJwt") =>
      accessPolicyProblems((property) => property, { identity, publicPaths }).map(({ path }) => path);
    assert.deepEqual(paths("signedJwt"), ["identity"]);
    assert.deepEqual(paths("headers"), []);
  });
});
