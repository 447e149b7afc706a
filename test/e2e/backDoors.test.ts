import assert from "node:assert/strict";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { deployFixtures, fixturesReady, ISSUER_CLIENT_ID, issuerUrl } from "../../dev/fixtures/deploy";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";
import { Flows, flowKinds, JSON_TYPE, redirectOf, type Factors } from "./flows";
import { sql, withKratosUrl } from "./inside";
import { takeOver } from "./takeOver";

const SECRET = "the client secret of both";
const USUAL = "stub";
const OTHER = "other";

/** Each test does by hand what no page offers. */
describe("around the login provider", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;
  let flows: Flows;
  /** The second factors of the person whose account the others are after. */
  let factors: Factors;

  before(async () => {
    cluster = await testCluster();
    const { instance } = cluster;
    const provider = {
      issuerUrl: issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: instance.port }),
      clientId: ISSUER_CLIENT_ID,
      admit: { workspaceDomains: ["example.com"] },
    };
    devStack = new DevStack(cluster, progress(), {
      settings: {
        "portcullis:secondFactor": { value: "optional" },
        "portcullis:session": { value: { checkCache: "off" } },
        "portcullis:loginProviders": { value: [USUAL, OTHER].map((id) => ({ id, ...provider })) },
        [`portcullis:clientSecret.${USUAL}`]: { value: SECRET, secret: true },
        [`portcullis:clientSecret.${OTHER}`]: { value: SECRET, secret: true },
      },
    });
    target = await devStack.up();
    flows = new Flows(target, USUAL);
    const callback = new URL("/self-service/methods/oidc/callback/", target.identityServer).href;
    await deployFixtures(cluster, {
      domain: DEVELOPMENT_ZONE,
      publicPort: instance.port,
      clientSecret: SECRET,
      redirectUris: [USUAL, OTHER].map((id) => callback + id),
    });
    await fixturesReady(cluster);
    // The stub issuer was just replaced: its previous pod may still get requests for a moment.
    await eventually(
      () =>
        withBrowsers([], async (fresh) => {
          assert.equal((await flows.enter(fresh(), people.alsoAdmitted)).status, 200);
        }),
      { seconds: 30 },
    );
    factors = await withBrowsers([], (fresh) => flows.withFactors(fresh(), people.admitted));
  });

  // Kratos stores an address once, and the people of other files sign in by only one provider.
  after(() => new Identities(cluster, target.namespace).forgetAll());

  const inside = <T>(use: (kratos: string) => Promise<T>) => withKratosUrl(cluster, target.namespace, use);
  const plant = (browser: Browser, value: string) =>
    browser.cookies.setCookie(
      `${target.sessionCookie}=${value}; Domain=${DEVELOPMENT_ZONE}; Path=/`,
      target.identityServer,
    );

  it("no other method makes a session, with an address or with a second factor", async () => {
    await withBrowsers([], async (fresh) => {
      const { app, code } = factors;
      const email = "alice@example.com";
      const attempts: Record<string, Readonly<Record<string, string>>> = {
        password: { identifier: email, password: "correct horse battery staple" },
        code: { identifier: email },
        link: { email },
        passkey: { passkey_login: "{}" },
        webauthn: { identifier: email },
        totp: { identifier: email, totp_code: app.generate() },
        lookup_secret: { identifier: email, lookup_secret: code },
        profile: { "traits.email": email },
      };
      for (const kind of ["login", "registration"] as const)
        for (const [method, fields] of Object.entries(attempts)) {
          const browser = fresh();
          const flow = await flows.begin(browser, kind);
          assert.deepEqual(
            flow.ui.nodes
              .map(({ group }) => group)
              .filter((group) => group in attempts && group !== "profile"),
            [],
          );
          const { status, body } = await flows.submit(browser, flow, {
            method,
            "traits.email": email,
            ...fields,
          });
          assert.ok(status >= 400 && status < 500, `${kind} by ${method}: ${String(status)} ${body}`);
          assert.equal(await flows.sessionOf(browser), undefined, `${kind} by ${method}`);
        }
    });
  });

  it("no link is sent to an address", async () => {
    await withBrowsers([], async (fresh) => {
      for (const kind of ["recovery", "verification"] as const) {
        const browser = fresh();
        assert.equal((await flows.start(browser, kind)).status, 404, "the front has no such address");
        const { status, body } = await inside((kratos) =>
          browser.ask(`${kratos}/self-service/${kind}/browser`, { accept: JSON_TYPE }),
        );
        assert.equal(status, 400, body);
        assert.match(body, /not allowed because it was disabled/);
        const { id } = await flows.begin(browser, "login");
        for (const method of ["link", "code"]) {
          const answer = await browser.ask(flows.url(`/self-service/${kind}?flow=${id}`), {
            accept: JSON_TYPE,
            form: new URLSearchParams({ method, email: "alice@example.com" }),
          });
          assert.ok(answer.status >= 400 && answer.status < 500, `${kind} by ${method}: ${answer.body}`);
        }
      }
    });
  });

  it("nobody links an account that is not admitted, to sign in with it later", async () => {
    await withBrowsers([], async (fresh) => {
      const insider = fresh();
      await flows.enter(insider, people.alsoAdmitted);
      const linking = await flows.submit(insider, await flows.begin(insider, "settings"), {
        method: "oidc",
        link: OTHER,
      });
      const asOutsider = await insider.open(redirectOf(linking));
      const end = await insider.press(asOutsider, { fields: { login: people.otherWorkspace } });
      assert.match(new URL(end.url).hostname, /^auth\./, "it ends on a page of the login UI");

      const outsider = fresh();
      await flows.enter(outsider, people.otherWorkspace, OTHER);
      assert.equal(await flows.sessionOf(outsider), undefined);
      assert.equal(await flows.isIn(outsider), false);
    });
  });

  it("nobody is signed in to somebody else's account by the link that ends a sign-in", async () => {
    await withBrowsers([], async (fresh) => {
      const attacker = fresh();
      const callback = await flows.callbackOf(attacker);
      const victim = fresh();
      await victim.open(target.service);
      await victim.open(callback);
      assert.equal(await flows.sessionOf(victim), undefined);
      assert.equal(await flows.isIn(victim), false);
      await attacker.open(callback);
      assert.equal(
        await flows.isIn(attacker),
        true,
        "the link was good, in the browser that it was made for",
      );
    });
  });

  it("a session planted in a browser is not the one that its user gets", async () => {
    await withBrowsers([], async (fresh) => {
      const former = fresh();
      await flows.enter(former, people.alsoAdmitted);
      const ended = await flows.sessionOf(former);
      await flows.leave(former);

      for (const planted of [ended ?? "", "MTc5OTk5OTk5OXxub3QtYS1zZXNzaW9u"]) {
        const victim = fresh();
        await plant(victim, planted);
        await flows.enter(victim, people.alsoAdmitted);
        assert.equal(await flows.isIn(victim), true);
        assert.notEqual(await flows.sessionOf(victim), planted);
        const holder = fresh();
        await plant(holder, planted);
        assert.equal(await flows.isIn(holder), false);
      }
    });
  });

  it("nothing but the user's own factor passes the second step", async () => {
    await withBrowsers([], async (fresh) => {
      const other = await flows.withFactors(fresh(), people.alsoAdmitted);
      const stolen = fresh();
      await flows.enter(stolen, people.admitted);
      assert.equal((await flows.start(stolen, "settings")).status, 403);
      for (const fields of [
        { method: "totp", totp_code: other.app.generate() },
        { method: "lookup_secret", lookup_secret: other.code },
        { provider: OTHER },
      ]) {
        const { status } = await flows.submit(
          stolen,
          await flows.begin(stolen, "login", "?aal=aal2"),
          fields,
        );
        assert.equal(status, 400, JSON.stringify(fields));
        assert.equal(await flows.isIn(stolen), false);
      }
      const refreshed = await flows.begin(stolen, "login", "?refresh=true");
      await stolen.open(redirectOf(await flows.submit(stolen, refreshed, { provider: USUAL })));
      assert.equal(await flows.isIn(stolen), false);
    });
  });

  describe("by a native flow", () => {
    it("nobody gets the session of a person who follows a link", async () => {
      await withBrowsers([], async (fresh) => {
        // It works only on people who are already known.
        for (const person of [people.admitted, people.alsoAdmitted]) await flows.enter(fresh(), person);
        const ends = (kratos: string) =>
          takeOver({ kratos, provider: USUAL, attacker: fresh(), victim: fresh() });
        assert.equal(await ends(new URL(target.identityServer).origin), "refused at the start", "the front");
        assert.match(await inside(ends), /^refused at the (?:start|form)$/, "the guard");
      });
    });

    it("nothing begins, whatever the kind of flow and the spelling", async () => {
      await withBrowsers([], async (fresh) => {
        const signedIn = fresh();
        await flows.enter(signedIn, people.alsoAdmitted);
        for (const browser of [fresh(), signedIn])
          for (const kind of flowKinds) {
            const path = `/self-service/${kind}/api`;
            for (const spelling of [
              path,
              `${path}?return_session_token_exchange_code=true`,
              `/${path}`,
              `/self-service//${kind}/api`,
              `/self-service/${kind}/%61pi`,
              `/Self-Service/${kind}/api`,
              `${path}/`,
              `/self-service/${kind}/browser/..%2Fapi`,
            ])
              for (const host of [target.identityServer, target.loginUi, target.service]) {
                const { status, body } = await browser.ask(new URL(host).origin + spelling, {
                  accept: JSON_TYPE,
                });
                assert.doesNotMatch(body, /"(?:session_token|session_token_exchange_code)"|"type":"api"/);
                if (host === target.identityServer) assert.equal(status, 404, spelling);
              }
            const { status, body } = await inside((kratos) =>
              browser.ask(kratos + path, { accept: JSON_TYPE }),
            );
            assert.ok(status >= 400, `${kind}: the guard answers ${String(status)} ${body}`);
          }
      });
      const native = (kind: string) => `select count(*) from selfservice_${kind}_flows where type = 'api'`;
      for (const kind of flowKinds)
        assert.equal(await sql(cluster, target.namespace, native(kind)), "0", kind);
    });
  });

  it("a session's token in a header is no session", async () => {
    // Without second factors, since with them a session alone would not be enough.
    await new Identities(cluster, target.namespace).forget(people.alsoAdmitted);
    await withBrowsers([], async (fresh) => {
      await flows.enter(fresh(), people.alsoAdmitted);
      const newest = "select token from sessions where active order by created_at desc limit 1";
      const token = await sql(cluster, target.namespace, newest);
      for (const headers of [{ "x-session-token": token }, { authorization: `Bearer ${token}` }]) {
        const name = Object.keys(headers).join();
        const thief = fresh();
        const ask = (url: string) => thief.ask(url, { accept: JSON_TYPE, headers });
        const known = await inside((kratos) => fresh().ask(`${kratos}/sessions/whoami`, { headers }));
        assert.equal(known.status, 200, `${name} is a session, behind the front: ${known.body}`);
        assert.equal((await ask(flows.url("/self-service/settings/browser"))).status, 401, name);
        for (const path of ["/sessions/whoami", "/sessions", "/self-service/login/api", "/schemas"])
          assert.equal((await ask(flows.url(path))).status, 404, `${name} at ${path}`);
        assert.equal((await ask(target.service)).status, 401, `${name} at the service`);
        const page = await thief.open(new URL("/settings", target.loginUi).href, { headers });
        assert.doesNotMatch(page.body, /bob@example\.com/, `${name} at the login UI`);
        assert.equal(await flows.sessionOf(thief), undefined, name);
      }
    });
  });
});
