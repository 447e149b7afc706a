import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { Browser, withBrowsers, type Answer } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { mapperSizeProblems, refusals } from "../../documents/kratos/claimsMapper";
import { buttonsThatLeadNowhere } from "../../cli/verify/providers";
import { issuerItems } from "../../cli/check/issuers";
import type { Item } from "../../cli/check/report";
import { Identity, issuerUrl, kratosUrl, loginUi } from "./identity";

/** What issuers do, by the recipes of docs/providers.md, and the settings for each. */
const providers = {
  usual: {},
  thin: { issuer: { thinIdToken: true } },
  "thin-asked": { issuer: { thinIdToken: true }, spec: { claimsSource: "userinfo" } },
  silent: { issuer: { tellsVerified: false } },
  "silent-vouched": { issuer: { tellsVerified: false }, spec: { unverifiedAddresses: "vouchedFor" } },
  misspelt: { spec: { issuerUrl: "http://127.0.0.1:18086/" } },
  vouched: { spec: { unverifiedAddresses: "vouchedFor" } },
  "two-workspaces": { spec: { hostedDomain: ["evil.example", "example.com"], admit: admitting("carol") } },
  workspaces: {
    spec: { hostedDomain: ["evil.example", "example.com"], admit: { workspaceDomains: ["evil.example"] } },
  },
} as const;

function admitting(person: string) {
  return { emails: [`${person}@example.com`] };
}

/** Each person signs in at one provider only: Kratos stores an address once. */
async function signInBy(provider: string, person: string): Promise<Answer> {
  const browser = new Browser();
  try {
    const login = await browser.open(`${loginUi}/login`);
    const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
    return await browser.press(atIssuer, { fields: { login: person } });
  } finally {
    await browser.close();
  }
}

function assertEnters({ url, body }: Answer, email: string): void {
  assert.equal(url, `${loginUi}/welcome`, body);
  assert.ok(body.includes(`signed in as ${email}`));
}

function refusal({ body }: Answer): string | undefined {
  return parse(body).querySelector("[role=alert]")?.text;
}

/** What `check` reports of providers with these issuers. */
function checkOf(...issuerUrls: readonly string[]): Promise<Item[]> {
  return issuerItems(
    issuerUrls.map((issuerUrl, at) => ({
      urn: `urn:pulumi:dev::p::portcullis:index:OidcClient::client${at}`,
      type: "portcullis:index:OidcClient",
      inputs: { issuerUrl },
      isRemoved: false,
    })),
  );
}

describe("Kratos with issuers that give addresses in several ways", () => {
  let identity: Identity;
  const signIn = (provider: keyof typeof providers, person: string) => signInBy(provider, person);

  before(async () => {
    identity = await Identity.start({ providers });
  });
  after(() => identity.stop());

  it("finds no address in a thin ID token", async () => {
    assert.equal(refusal(await signIn("thin", people.admitted)), refusals.noAddress);
  });

  it("finds it at the userinfo endpoint where the settings say so, and refuses an unverified one", async () => {
    assertEnters(await signIn("thin-asked", people.admitted), "alice@example.com");
    assert.equal(refusal(await signIn("thin-asked", people.unverified)), refusals.unverified);
  });

  it("takes an unverified address only where the settings vouch for the provider's addresses", async () => {
    assert.equal(refusal(await signIn("silent", people.alsoAdmitted)), refusals.unverified);
    assertEnters(await signIn("silent-vouched", people.alsoAdmitted), "bob@example.com");
    assert.equal(refusal(await signIn("usual", people.unverified)), refusals.unverified);
    assertEnters(await signIn("vouched", people.unverified), "dave@example.com");
  });

  it("admits no address that is not on the list, even where the settings vouch for the provider", async () => {
    assert.equal(refusal(await signIn("vouched", people.otherWorkspace)), refusals.notAdmitted);
  });

  it("fails for an issuer with another name than its URL, which `verify` and `check` both report", async () => {
    await withBrowsers([], async (fresh) => {
      const reasons = await buttonsThatLeadNowhere(kratosUrl, fresh);
      assert.deepEqual(reasons, { misspelt: "answered 500, see Kratos' log" });
    });
    const items = await checkOf(
      "http://127.0.0.1:18081",
      "http://127.0.0.1:18081/",
      "http://127.0.0.1:18080",
    );
    assert.deepEqual(
      items.map(({ level, message }) => [level, message.split(":")[0]]),
      [
        ["error", "OidcClient client1"],
        ["note", "OidcClient client2"],
      ],
    );
    assert.match(items[0]?.message ?? "", /Write "http:\/\/127\.0\.0\.1:18081"\.$/);
  });

  it("admits an account of one of several Workspaces, and refuses an account of none", async () => {
    assertEnters(await signIn("workspaces", people.otherWorkspace), "mallory@evil.example");
    assert.equal(refusal(await signIn("two-workspaces", people.noWorkspace)), refusals.notAdmitted);
  });
});

/** Ends of issuers' URLs, by the recipes of docs/providers.md: the provider, the exact end, and one that differs. */
const endings = [
  ["auth0", "/", ""],
  ["keycloak", "/realms/staff", "/realms/staff/"],
  ["dex", "/dex", "/dex/"],
] as const;

describe("Kratos with issuers whose URL has a path or ends with a slash", () => {
  let identity: Identity;
  const urls = endings.map(([id, path, other], at) => ({
    ...{ id, url: issuerUrl(at, { path }), otherUrl: issuerUrl(at, { path: other }) },
  }));

  before(async () => {
    const right = endings.map(([id, path]) => [id, { path }] as const);
    const wrong = urls.map(({ id, otherUrl }) => [`not-${id}`, { spec: { issuerUrl: otherUrl } }] as const);
    identity = await Identity.start({ providers: Object.fromEntries<object>([...right, ...wrong]) });
  });
  after(() => identity.stop());

  it("signs people in with each", async () => {
    assertEnters(await signInBy("auth0", people.admitted), "alice@example.com");
    assertEnters(await signInBy("keycloak", people.alsoAdmitted), "bob@example.com");
    assertEnters(await signInBy("dex", people.noWorkspace), "carol@example.com");
  });

  it("fails for a URL that differs in its last slash, which `verify` and `check` both report", async () => {
    await withBrowsers([], async (fresh) => {
      const nowhere = await buttonsThatLeadNowhere(kratosUrl, fresh);
      assert.deepEqual(
        nowhere,
        Object.fromEntries(urls.map(({ id }) => [`not-${id}`, "answered 500, see Kratos' log"])),
      );
    });
    for (const { url, otherUrl } of urls)
      assert.ok(identity.log().includes(`expected \\"${otherUrl}\\" got \\"${url}\\"`), otherUrl);
    assert.deepEqual(await checkOf(...urls.map(({ url }) => url)), []);
    const items = await checkOf(...urls.map(({ otherUrl }) => otherUrl));
    assert.deepEqual(
      items.map(({ level, message }) => [level, /Write ("[^"]*")\.$/.exec(message)?.[1]]),
      urls.map(({ url }) => ["error", JSON.stringify(url)]),
    );
  });
});

describe("Kratos with the longest list of people that the settings take", () => {
  let identity: Identity;

  /** People whose addresses no user of the stub issuer has, and one more. */
  const listWith = (last: string, count: number) => [
    ...Array.from({ length: count - 1 }, (_, at) => `person.${at}@department.example.com`),
    `${last}@example.com`,
  ];
  const isAllowed = (count: number) =>
    mapperSizeProblems("admit", { emails: listWith(people.admitted, count) }).length === 0;
  const most = Array.from({ length: 5_000 }, (_, at) => at + 1).findLast(isAllowed) ?? 0;
  const admitting = (count: number) => ({ spec: { admit: { emails: listWith(people.admitted, count) } } });

  before(async () => {
    const providers = { long: admitting(most), "too-long": admitting(2 * most) };
    identity = await Identity.start({ providers });
  });
  after(() => identity.stop());

  it("admits the last person on it, and nobody else", async () => {
    assert.ok(most > 1_000, String(most));
    assert.equal(refusal(await signInBy("long", people.alsoAdmitted)), refusals.notAdmitted);
    assertEnters(await signInBy("long", people.admitted), "alice@example.com");
  });

  it("does not run a claims mapper of twice the length", async () => {
    const answer = await signInBy("too-long", people.alsoAdmitted);
    assert.equal(answer.status, 500);
    assert.notEqual(refusal(answer), refusals.notAdmitted);
  });
});
