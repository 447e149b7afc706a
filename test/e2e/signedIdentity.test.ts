import assert from "node:assert/strict";
import { withBrowsers } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { FIXTURES_NAMESPACE } from "../../dev/fixtures/manifests";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";
import { serviceUrl } from "../cluster/serviceUrl";

/** An ES module, which a CommonJS one can only load like this. */
const jose = import("jose");

type KeySet = Parameters<Awaited<typeof jose>["createLocalJWKSet"]>[0];

interface SignedIdentity {
  readonly issuer: string;
  readonly keysUrl: string;
}

describe("a service that gets a signed identity", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let echo: string;
  let signer: SignedIdentity;
  let keys: KeySet;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress());
    const target = await devStack.up({ ...echoService, identity: "signedJwt" });
    echo = `${serviceUrl(target, "echo")}/`;
    const { outputs } = await devStack.run("export");
    signer = outputs["signedIdentity"] as SignedIdentity;
    keys = JSON.parse(await fromUpstream(signer.keysUrl)) as KeySet;
  });

  it("checks it with the gateway's keys, and reaches nothing else on their port", async () => {
    const token = await tokenOf(people.admitted);
    const { createLocalJWKSet, jwtVerify } = await jose;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: signer.issuer,
      audience: new URL(echo).origin,
    });
    assert.equal(payload["email"], "alice@example.com");
    assert.match(payload.sub ?? "", /^[0-9a-f-]{36}$/);
    const anything = new URL("/", signer.keysUrl).href;
    assert.match(await fromUpstream(anything), /404/);
  });

  it("gets each person's own name, whatever Authorization the client sends", async () => {
    const { decodeJwt } = await jose;
    const alice = decodeJwt(await tokenOf(people.admitted, { authorization: "Basic Zm9yZ2VkOmZvcmdlZA==" }));
    const bob = decodeJwt(await tokenOf(people.alsoAdmitted));
    assert.equal(alice["email"], "alice@example.com");
    assert.equal(bob["email"], "bob@example.com");
    assert.notEqual(alice.sub, bob.sub);
  });

  it("notices that a token was changed", async () => {
    const { createLocalJWKSet, errors, jwtVerify } = await jose;
    const [header, payload = "", signature] = (await tokenOf(people.admitted)).split(".");
    const claims = Buffer.from(payload, "base64url").toString().replace("alice@", "root@");
    const forged = [header, Buffer.from(claims).toString("base64url"), signature].join(".");
    await assert.rejects(jwtVerify(forged, createLocalJWKSet(keys)), errors.JWSSignatureVerificationFailed);
  });

  /** The token that the upstream gets for a person's request. */
  function tokenOf(person: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return withBrowsers([], async (fresh) => {
      const browser = fresh();
      await signIn(browser, echo, "stub", person);
      const { status, body } = await browser.ask(echo, { headers });
      assert.equal(status, 200, body);
      const seen = JSON.parse(body) as { headers: Record<string, string> };
      return (seen.headers["authorization"] ?? "").replace(/^Bearer /, "");
    });
  }

  /** The response that a pod of the upstream gets. */
  function fromUpstream(url: string): Promise<string> {
    const script = `fetch(${JSON.stringify(url)}).then(async (it) => console.log(it.ok ? await it.text() : it.status))`;
    const exec = ["exec", "--namespace", FIXTURES_NAMESPACE, "deployment/echo", "--"];
    return kubectl(cluster, [...exec, "node", "--eval", script]);
  }
});
