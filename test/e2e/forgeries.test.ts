import assert from "node:assert/strict";
import { request } from "undici";
import { withBrowsers, type Answer, type Browser } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { withReplicas } from "../../cli/verify/replicas";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { signingKeyFile } from "../../documents/oathkeeper/signedIdentity";
import { droppedHeaders, refusedHeaders } from "../../documents/shared/trustedHeaders";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";
import { askingProxyPod, proxyPods } from "./proxyPod";
import { serviceUrl } from "../cluster/serviceUrl";

/** An ES module, which a CommonJS one can only load like this. */
const jose = import("jose");

type PrivateKey = Parameters<Awaited<typeof jose>["importJWK"]>[0] & { readonly kid: string };

const ISSUER = "https://ci.example.com";
const AUDIENCE = "echo";
const JSON_TYPE = "application/json";
/** A token that is let in once it has its issuer, audience and lifetime. */
const DEPLOYER = { sub: "deployer", repository: "acme/app", protected: true, realm: { roles: ["deploy"] } };

/** The secret that the gateway keeps for the service. */
const SECRET = "echo-key";
const VALUE = "known to the gateway";

type JwtClaims = Readonly<Record<string, unknown>>;

interface Seen {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

describe("the gateway, against forged tokens, headers and forms", () => {
  let cluster: DevCluster;
  let target: Target;
  let echo: string;
  /** The gateway's own key: any key whose public part a Service publishes would do. */
  let key: PrivateKey;

  before(async () => {
    cluster = await testCluster();
    const echoKey = { kind: "header", secretName: SECRET, key: "key", header: "X-Api-Key" };
    const devStack = new DevStack(cluster, progress(), {
      settings: { "portcullis:upstreams": { value: { credentials: { echo: echoKey } } } },
    });
    target = await devStack.up(echoService);
    await keepSecret();
    const { outputs } = await devStack.run("export");
    const { keysUrl } = outputs["signedIdentity"] as { keysUrl: string };
    const claims = { repository: ["acme/app", "acme/web"], protected: true, realm: { roles: "deploy" } };
    const machines = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: keysUrl, claims };
    await devStack.run("up", "pulumi up, machines admitted", {
      upstream: { ...echoService.upstream, credentials: "echo" },
      access: { domains: ["example.com"] },
      publicPaths: [{ path: "/static", match: "prefix" }],
      machines,
    });
    echo = `${serviceUrl(target, "echo")}/`;
    key = await signingKey();
    await everyReplicaLetsProgramsIn();
  });

  const seenBy = ({ status, body }: Answer): Seen => {
    assert.equal(status, 200, body);
    return JSON.parse(body) as Seen;
  };

  it("lets a program in by a token that is signed for this service, without an e-mail address", () =>
    withBrowsers([], async (fresh) => {
      const authorization = `Bearer ${await token({})}`;
      const { headers } = seenBy(await fresh().ask(echo, { accept: JSON_TYPE, headers: { authorization } }));
      assert.equal(headers["x-user-id"], `machine:${ISSUER}|deployer`);
      assert.equal(headers["x-user-email"], undefined);
    }));

  it("refuses a program whose token is the issuer's but lacks a required claim", () =>
    withBrowsers([], async (fresh) => {
      const answered = async (claims: JwtClaims) => {
        const headers = { authorization: `Bearer ${await token(claims)}` };
        return (await fresh().ask(echo, { accept: JSON_TYPE, headers })).status;
      };
      for (const fitting of [
        { repository: "acme/web" },
        { repository: ["other/app", "acme/app"] },
        { realm: { roles: ["read", "deploy"] } },
        { sub: undefined },
      ])
        assert.equal(await answered(fitting), 200, JSON.stringify(fitting));
      for (const other of [
        { repository: "acme/app2" },
        { repository: "evil/app" },
        { repository: "Acme/app" },
        { repository: undefined },
        { repository: null },
        { repository: "" },
        { repository: 1 },
        { repository: true },
        { repository: { repository: "acme/app" } },
        { repository: [["acme/app"]] },
        { repository: "evil/app&repository=acme/app" },
        { repository: "evil/app&repository=acme%2Fapp&" },
        { repository: "acme%2Fapp" },
        { repository: "acme/app=acme/web" },
        { repository: "acme/app;" },
        { repository: "acme/app\n" },
        { repository: undefined, "x&repository": "acme/app" },
        { repository: undefined, "repository=acme/app": "acme/app" },
        { repository: undefined, nested: { repository: "acme/app" } },
        { protected: "true" },
        { protected: 1 },
        { realm: "deploy" },
        { realm: undefined, "realm/roles": "deploy" },
      ])
        assert.equal(await answered(other), 403, JSON.stringify(other));
    }));

  it("ignores the proxy's own headers from a client, which make it neither a program nor a person", () =>
    withBrowsers([], async (fresh) => {
      const claims =
        "&iss=https%3A%2F%2Fci.example.com&repository=acme%2Fapp&protected:true&realm/roles=deploy&";
      const forged = {
        "x-portcullis-claims": claims,
        "x-portcullis-machine": "1",
        "x-portcullis-known": "1",
        "x-portcullis-email": "alice%40example.com",
      };
      const authorization = `Bearer ${await token({ repository: "evil/app" })}`;
      const program = { accept: JSON_TYPE, headers: { ...forged, authorization } };
      assert.equal((await fresh().ask(echo, program)).status, 403);
      assert.equal((await fresh().ask(echo, { accept: JSON_TYPE, headers: forged })).status, 401);
    }));

  it("refuses a program with any other token, whatever its claims", () =>
    withBrowsers([], async (fresh) => {
      const { SignJWT, UnsecuredJWT, generateKeyPair } = await jose;
      const claims = { iss: ISSUER, aud: AUDIENCE, ...DEPLOYER };
      const foreign = await generateKeyPair("ES256");
      const refused: Readonly<Record<string, string>> = {
        "another audience": await token({ aud: "grafana" }),
        "another issuer": await token({ iss: "https://evil.example" }),
        expired: await token({ exp: Math.floor(Date.now() / 1000) - 60 }),
        "another key": await new SignJWT(claims)
          .setProtectedHeader({ alg: "ES256", kid: key.kid })
          .sign(foreign.privateKey),
        unsigned: new UnsecuredJWT(claims).encode(),
      };
      for (const [what, bearer] of Object.entries(refused)) {
        const headers = { authorization: `Bearer ${bearer}` };
        assert.equal((await fresh().ask(echo, { accept: JSON_TYPE, headers })).status, 401, what);
      }
    }));

  it("sends the service its secret, whatever the client sends, and not on public paths", () =>
    withBrowsers([], async (fresh) => {
      const alice = await asAlice(fresh);
      const told = async (path: string) =>
        seenBy(await askWith(alice, path, "x-api-key")).headers["x-api-key"];
      assert.equal(await told(""), VALUE);
      assert.equal(await told("static/x"), undefined);
    }));

  it("passes no client-made address, host, scheme or path of the request on to the upstream", () =>
    withBrowsers([], async (fresh) => {
      const forged = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-host": "forged.example.com",
        "x-forwarded-proto": "forged",
        "x-forwarded-uri": "/forged",
        "x-forwarded-method": "FORGED",
        "x-real-ip": "203.0.113.7",
        forwarded: "for=203.0.113.7;host=forged.example.com",
      };
      const anonymous = await fresh().ask(echo, { accept: JSON_TYPE, headers: forged });
      assert.equal(anonymous.status, 401);
      const alice = fresh();
      await signIn(alice, target.service, "stub", people.admitted);
      const { headers } = seenBy(await alice.ask(echo, { headers: forged }));
      assert.doesNotMatch(headers["x-forwarded-for"] ?? "", /203\.0\.113\.7/);
      assert.doesNotMatch(headers["x-real-ip"] ?? "", /203\.0\.113\.7/);
      for (const name of ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-uri", "forwarded"])
        assert.doesNotMatch(headers[name] ?? "", /forged/i, name);
    }));

  it("passes on no header that other software trusts, on a public path either", () =>
    withBrowsers([], async (fresh) => {
      const forged = Object.fromEntries(Object.keys(droppedHeaders).map((name) => [name, "forged"]));
      const alice = await asAlice(fresh);
      for (const [visitor, path] of [
        [alice, ""],
        [fresh(), "static/app.js"],
      ] as const) {
        const url = new URL(path, echo).href;
        const { headers } = seenBy(await visitor.ask(url, { headers: forged }));
        assert.doesNotMatch(JSON.stringify(headers), /forged/);
        for (const name of Object.keys(refusedHeaders)) await assertRefused(visitor, path, name);
      }
    }));

  it("passes on no spelling that some servers read as a hyphen's", () =>
    withBrowsers([], async (fresh) => {
      const alice = await asAlice(fresh);
      for (const path of ["", "static/app.js"]) {
        for (const name of [
          ...["X_User_Id", "x.user.email", "X+User-Email", "x~user~id", "X-User|Email", "X!User'Id"],
          ...["remote_user", "X_WEBAUTH_USER", "X.HTTP.Method-Override", "X_Forwarded_For", "x-real_ip"],
        ])
          await assertDropped(alice, path, name);
        for (const name of ["api_key", "x_user_identity", "my.x-user-id"])
          await assertDropped(alice, path, name);
        for (const name of ["x-user", "x-user-identity", "my-x-user-id"])
          assert.equal(seenBy(await askWith(alice, path, name)).headers[name], "forged", name);
      }
    }));

  it("upgrades a connection to a WebSocket and to nothing else", () =>
    askingProxyPod(cluster, target.namespace, new URL(echo).host, async (ask) => {
      for (const upgrade of ["h2c", "h2c, websocket", "TLS/1.0", "websockets"]) {
        const { status, body } = await ask("/static/", "GET", { connection: "Upgrade", upgrade });
        assert.equal(status, 200, upgrade);
        const { headers } = JSON.parse(body) as Seen;
        assert.deepEqual([headers["upgrade"], headers["http2-settings"]], [undefined, undefined], upgrade);
        assert.doesNotMatch(headers["connection"] ?? "", /upgrade/i);
      }
      for (const upgrade of ["websocket", "WebSocket"]) {
        const headers = {
          connection: "Upgrade",
          upgrade,
          "sec-websocket-version": "13",
          "sec-websocket-key": Buffer.alloc(16).toString("base64"),
        };
        assert.equal((await ask("/static/", "GET", headers)).status, 101, upgrade);
      }
    }));

  it("never takes the address of a form for the account's own, at a first sign-in", async () => {
    await new Identities(cluster, target.namespace).forget(people.alsoAdmitted);
    await withBrowsers([], async (fresh) => {
      const forger = fresh();
      const { url, body } = await enter(forger, people.alsoAdmitted, { "traits.email": "ceo@example.com" });
      assert.ok(url.startsWith(target.loginUi) || url.startsWith(target.identityServer), url);
      assert.doesNotMatch(body, /ceo@example\.com/);
      assert.ok(!(await hasSession(forger)));
      const honest = fresh();
      const entered = await enter(honest, people.alsoAdmitted);
      assert.equal(entered.status, 200, `${entered.url}: ${entered.body}`);
    });
  });

  it("does not admit an account of another Workspace that asks for the Workspace by a parameter", () =>
    withBrowsers([], async (fresh) => {
      for (const hint of [
        { "upstream_parameters.hd": "example.com" },
        { upstream_parameters: '{"hd":"example.com"}' },
        { hd: "example.com" },
      ] as const) {
        const visitor = fresh();
        const { url } = await enter(visitor, people.otherWorkspace, hint);
        assert.ok(url.startsWith(new URL("/error", target.loginUi).href), url);
        assert.ok(!(await hasSession(visitor)), JSON.stringify(hint));
      }
    }));

  async function keepSecret(): Promise<void> {
    const { namespace } = target;
    await applyObjects(cluster, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: SECRET, namespace },
      stringData: { key: VALUE },
    });
    // Makes the kubelet check now; otherwise it would within a minute or two.
    const pods = await proxyPods(cluster, namespace);
    await kubectl(cluster, [
      "annotate",
      "pods",
      ...pods,
      "-n",
      namespace,
      `looked=${Date.now()}`,
      "--overwrite",
    ]);
  }

  /** Each replica follows the rules by itself: the answer of one says nothing about the others. */
  async function everyReplicaLetsProgramsIn(): Promise<void> {
    const headers = {
      host: new URL(echo).host,
      accept: JSON_TYPE,
      authorization: `Bearer ${await token({})}`,
    };
    await withReplicas(cluster, target.namespace, (replicas) =>
      Promise.all(
        replicas.map((replica) =>
          eventually(
            async () => {
              const { statusCode, body } = await request(replica, { headers });
              await body.dump();
              assert.equal(statusCode, 200);
            },
            { seconds: 120 },
          ),
        ),
      ),
    );
  }

  async function asAlice(fresh: () => Browser): Promise<Browser> {
    const alice = fresh();
    await signIn(alice, target.service, "stub", people.admitted);
    return alice;
  }

  const askWith = (visitor: Browser, path: string, name: string) =>
    visitor.ask(new URL(path, echo).href, { accept: JSON_TYPE, headers: { [name]: "forged" } });

  async function assertRefused(visitor: Browser, path: string, name: string): Promise<void> {
    const { status, body } = await askWith(visitor, path, name);
    assert.equal(status, 400, name);
    assert.doesNotMatch(body, /forged/, name);
  }

  async function assertDropped(visitor: Browser, path: string, name: string): Promise<void> {
    assert.doesNotMatch(JSON.stringify(seenBy(await askWith(visitor, path, name)).headers), /forged/, name);
  }

  /** Signs in with more fields in the form than the login page has. */
  async function enter(
    browser: Browser,
    person: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const loginPage = await browser.open(target.service);
    const button = { name: "provider", value: "stub" };
    const answer = await browser.press(loginPage, { button, fields });
    if (!new URL(answer.url).hostname.startsWith("issuer.")) return answer;
    return browser.press(answer, { fields: { login: person } });
  }

  async function hasSession(browser: Browser): Promise<boolean> {
    const cookies = await browser.cookies.getCookies(target.identityServer);
    return cookies.some((cookie) => cookie.key === target.sessionCookie);
  }

  async function token(claims: JwtClaims): Promise<string> {
    const { importJWK, SignJWT } = await jose;
    const exp = Math.floor(Date.now() / 1000) + 180;
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, ...DEPLOYER, exp, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: key.kid })
      .sign(await importJWK(key, "ES256"));
  }

  async function signingKey(): Promise<PrivateKey> {
    const list = await kubectl(cluster, ["get", "secrets", "-n", target.namespace, "-o", "json"]);
    const { items } = JSON.parse(list) as { items: { data?: Record<string, string> }[] };
    const [encoded = ""] = items.flatMap(({ data }) => data?.[signingKeyFile] ?? []);
    const { keys } = JSON.parse(Buffer.from(encoded, "base64").toString()) as { keys: [PrivateKey] };
    return keys[0];
  }
});
