import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { TOTP } from "otpauth";
import { withBrowsers, type Answer, type Browser } from "../../commands/verification/browser";
import { Rehearsal } from "../../commands/verification/rehearsal";
import { people, signIn } from "../../commands/verification/signIn";
import type { Target } from "../../commands/verification/target";
import type { Cluster } from "../../local/cluster";
import { eventually } from "../../local/eventually";
import { deployFixtures, fixturesReady, ISSUER_CLIENT_ID, issuerUrl } from "../../local/fixtures/deploy";
import { DEVELOPMENT_ZONE } from "../../local/instances";
import { progress } from "../../local/progress";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";

const JSON_TYPE = "application/json";
const SECRET = "the client secret of both";
const USUAL = "stub";
const OTHER = "other";

type FlowKind = "login" | "registration" | "settings" | "recovery" | "verification";

interface Node {
  readonly group: string;
  readonly attributes: {
    readonly id?: string;
    readonly name?: string;
    readonly value?: string;
    readonly text?: { readonly text: string };
  };
}

interface Flow {
  readonly id: string;
  readonly ui: { readonly action: string; readonly nodes: readonly Node[] };
}

interface Factors {
  readonly app: TOTP;
  /** One of the recovery codes. */
  readonly code: string;
}

/** Each test does by hand what no page offers. */
describe("around the login provider", () => {
  let cluster: Cluster;
  let rehearsal: Rehearsal;
  let target: Target;
  /** Of the person whose account the others are after. */
  let factors: Factors;

  before(async () => {
    cluster = await testCluster();
    const { instance } = cluster;
    const provider = {
      issuerUrl: issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: instance.port }),
      clientId: ISSUER_CLIENT_ID,
      admit: { workspaceDomains: ["example.com"] },
    };
    rehearsal = new Rehearsal(cluster, progress(), {
      settings: {
        "portcullis:secondFactor": { value: "optional" },
        "portcullis:session": { value: { checkCache: "off" } },
        "portcullis:loginProviders": { value: [USUAL, OTHER].map((id) => ({ id, ...provider })) },
        [`portcullis:clientSecret.${USUAL}`]: { value: SECRET, secret: true },
        [`portcullis:clientSecret.${OTHER}`]: { value: SECRET, secret: true },
      },
    });
    target = await rehearsal.up();
    const callback = new URL("/self-service/methods/oidc/callback/", target.identityServer).href;
    await deployFixtures(cluster, {
      domain: DEVELOPMENT_ZONE,
      publicPort: instance.port,
      clientSecret: SECRET,
      redirectUris: [USUAL, OTHER].map((id) => callback + id),
    });
    await fixturesReady(cluster);
    // The stub issuer was just replaced: its former pod may still be asked for a moment.
    await eventually(
      () =>
        withBrowsers([], async (fresh) => {
          assert.equal((await enter(fresh(), people.alsoAdmitted)).status, 200);
        }),
      { seconds: 30 },
    );
    factors = await withBrowsers([], (fresh) => withFactors(fresh(), people.admitted));
  });

  // Kratos keeps an address once, and other files' people sign in by one provider alone.
  after(() => new Identities(cluster, target.namespace).forgetAll());

  const kratos = (path: string) => new URL(path, target.identityServer).href;
  const start = (browser: Browser, kind: FlowKind, query = "") =>
    browser.ask(kratos(`/self-service/${kind}/browser${query}`), { accept: JSON_TYPE });
  const begin = async (browser: Browser, kind: FlowKind, query = ""): Promise<Flow> => {
    const { status, body } = await start(browser, kind, query);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Flow;
  };
  const submit = (browser: Browser, { ui }: Flow, fields: Readonly<Record<string, string>>) =>
    browser.ask(ui.action, {
      accept: JSON_TYPE,
      form: new URLSearchParams({ csrf_token: valueOf(ui.nodes, "csrf_token"), ...fields }),
    });
  const sessionOf = async (browser: Browser) =>
    (await browser.cookies.getCookies(target.identityServer)).find(({ key }) => key === target.sessionCookie)
      ?.value;
  const isIn = async (browser: Browser) => (await browser.ask(target.service)).status === 200;
  const plant = (browser: Browser, value: string) =>
    browser.cookies.setCookie(
      `${target.sessionCookie}=${value}; Domain=${DEVELOPMENT_ZONE}; Path=/`,
      target.identityServer,
    );
  const enter = (browser: Browser, person: string, provider = USUAL) =>
    signIn(browser, target.service, provider, person);

  /** Somebody who has an authenticator app, recovery codes and a session past both. */
  const withFactors = async (browser: Browser, person: string): Promise<Factors> => {
    await enter(browser, person);
    const flow = await begin(browser, "settings");
    const app = new TOTP({ secret: textOf(flow.ui.nodes, "totp_secret_key") });
    await submit(browser, flow, { method: "totp", totp_code: app.generate() });
    const codes = await submit(browser, await begin(browser, "settings"), {
      method: "lookup_secret",
      lookup_secret_regenerate: "true",
    });
    const shown = JSON.parse(codes.body) as Flow;
    const code = textOf(shown.ui.nodes, "lookup_secret_codes").split(/[\s,]+/)[0] ?? "";
    await submit(browser, shown, { method: "lookup_secret", lookup_secret_confirm: "true" });
    return { app, code };
  };

  /** The link that ends a sign-in of somebody's, not yet used. */
  const callbackOf = async (browser: Browser): Promise<string> => {
    const form = await submit(browser, await begin(browser, "login"), { provider: USUAL });
    const page = await browser.open(redirectOf(form));
    const action = parse(page.body).querySelector("form")?.attributes["action"] ?? "";
    const login = new URLSearchParams({ login: people.alsoAdmitted });
    let answer = await browser.ask(new URL(action, page.url).href, { form: login });
    while (answer.location !== undefined && !answer.location.includes("/callback/"))
      answer = await browser.ask(answer.location);
    return answer.location ?? "";
  };

  it("no other method makes a session, neither with an address nor with a second factor", async () => {
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
          const flow = await begin(browser, kind);
          assert.deepEqual(
            flow.ui.nodes
              .map(({ group }) => group)
              .filter((group) => group in attempts && group !== "profile"),
            [],
          );
          const { status, body } = await submit(browser, flow, { method, "traits.email": email, ...fields });
          assert.ok(status >= 400 && status < 500, `${kind} by ${method}: ${String(status)} ${body}`);
          assert.equal(await sessionOf(browser), undefined, `${kind} by ${method}`);
        }
    });
  });

  it("no link is sent to an address", async () => {
    await withBrowsers([], async (fresh) => {
      for (const kind of ["recovery", "verification"] as const) {
        const browser = fresh();
        const { status, body } = await start(browser, kind);
        assert.equal(status, 400, body);
        assert.match(body, /not allowed because it was disabled/);
        const { id } = await begin(browser, "login");
        for (const method of ["link", "code"]) {
          const answer = await browser.ask(kratos(`/self-service/${kind}?flow=${id}`), {
            accept: JSON_TYPE,
            form: new URLSearchParams({ method, email: "alice@example.com" }),
          });
          assert.ok(answer.status >= 400 && answer.status < 500, `${kind} by ${method}: ${answer.body}`);
        }
      }
    });
  });

  it("nobody links an account that is not admitted, to come in by it from then on", async () => {
    await withBrowsers([], async (fresh) => {
      const insider = fresh();
      await enter(insider, people.alsoAdmitted);
      const linking = await submit(insider, await begin(insider, "settings"), {
        method: "oidc",
        link: OTHER,
      });
      const asOutsider = await insider.open(redirectOf(linking));
      const end = await insider.press(asOutsider, { fields: { login: people.otherWorkspace } });
      assert.match(new URL(end.url).hostname, /^auth\./, "it ends on a page of the login UI");

      const outsider = fresh();
      await enter(outsider, people.otherWorkspace, OTHER);
      assert.equal(await sessionOf(outsider), undefined);
      assert.equal(await isIn(outsider), false);
    });
  });

  it("nobody is signed in to a stranger's account, by the link that ends a sign-in", async () => {
    await withBrowsers([], async (fresh) => {
      const attacker = fresh();
      const callback = await callbackOf(attacker);
      const victim = fresh();
      await victim.open(target.service);
      await victim.open(callback);
      assert.equal(await sessionOf(victim), undefined);
      assert.equal(await isIn(victim), false);
      await attacker.open(callback);
      assert.equal(await isIn(attacker), true, "the link was good, in the browser that it was made for");
    });
  });

  it("a session that was put into a browser beforehand is not the one its user gets", async () => {
    await withBrowsers([], async (fresh) => {
      const former = fresh();
      await enter(former, people.alsoAdmitted);
      const ended = await sessionOf(former);
      const { body } = await former.ask(kratos("/self-service/logout/browser"), { accept: JSON_TYPE });
      await former.open((JSON.parse(body) as { logout_url: string }).logout_url);

      for (const planted of [ended ?? "", "MTc5OTk5OTk5OXxub3QtYS1zZXNzaW9u"]) {
        const victim = fresh();
        await plant(victim, planted);
        await enter(victim, people.alsoAdmitted);
        assert.equal(await isIn(victim), true);
        assert.notEqual(await sessionOf(victim), planted);
        const holder = fresh();
        await plant(holder, planted);
        assert.equal(await isIn(holder), false);
      }
    });
  });

  it("nothing leads past the second step but the user's own factor", async () => {
    await withBrowsers([], async (fresh) => {
      const other = await withFactors(fresh(), people.alsoAdmitted);
      const stolen = fresh();
      await enter(stolen, people.admitted);
      assert.equal((await start(stolen, "settings")).status, 403);
      for (const fields of [
        { method: "totp", totp_code: other.app.generate() },
        { method: "lookup_secret", lookup_secret: other.code },
        { provider: OTHER },
      ]) {
        const { status } = await submit(stolen, await begin(stolen, "login", "?aal=aal2"), fields);
        assert.equal(status, 400, JSON.stringify(fields));
        assert.equal(await isIn(stolen), false);
      }
      const refreshed = await begin(stolen, "login", "?refresh=true");
      await stolen.open(redirectOf(await submit(stolen, refreshed, { provider: USUAL })));
      assert.equal(await isIn(stolen), false);
    });
  });
});

function redirectOf({ body }: Answer): string {
  const { redirect_browser_to: url } = JSON.parse(body) as { redirect_browser_to?: string };
  assert.ok(url !== undefined, body);
  return url;
}

function valueOf(nodes: readonly Node[], name: string): string {
  return nodes.find(({ attributes }) => attributes.name === name)?.attributes.value ?? "";
}

function textOf(nodes: readonly Node[], id: string): string {
  return nodes.find(({ attributes }) => attributes.id === id)?.attributes.text?.text ?? "";
}
