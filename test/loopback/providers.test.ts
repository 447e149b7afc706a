import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { Browser, withBrowsers, type Answer } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { refusals } from "../../documents/kratos/claimsMapper";
import { buttonsThatLeadNowhere } from "../../cli/verify/providers";
import { issuerItems } from "../../cli/check/issuers";
import { Identity, kratosUrl, loginUi } from "./identity";

/** What issuers do, by the recipes of docs/providers.md, and what the settings say of each. */
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

describe("Kratos with issuers that tell addresses in several ways", () => {
  let identity: Identity;

  before(async () => {
    identity = await Identity.start({ providers });
  });
  after(() => identity.stop());

  /** Each person signs in at one provider only: Kratos keeps an address once. */
  const signIn = async (provider: keyof typeof providers, person: string): Promise<Answer> => {
    const browser = new Browser();
    try {
      const login = await browser.open(`${loginUi}/login`);
      const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
      return await browser.press(atIssuer, { fields: { login: person } });
    } finally {
      await browser.close();
    }
  };
  const assertEnters = ({ url, body }: Answer, email: string) => {
    assert.equal(url, `${loginUi}/welcome`, body);
    assert.ok(body.includes(`signed in as ${email}`));
  };
  const refusal = ({ body }: Answer) => parse(body).querySelector("[role=alert]")?.text;

  it("finds no address in a thin ID token", async () => {
    assert.equal(refusal(await signIn("thin", people.admitted)), refusals.noAddress);
  });

  it("finds it at the userinfo endpoint where the provider says so, verified or not", async () => {
    assertEnters(await signIn("thin-asked", people.admitted), "alice@example.com");
    assert.equal(refusal(await signIn("thin-asked", people.unverified)), refusals.unverified);
  });

  it("takes an address that nobody says to be verified only where somebody vouches for the provider's", async () => {
    assert.equal(refusal(await signIn("silent", people.alsoAdmitted)), refusals.unverified);
    assertEnters(await signIn("silent-vouched", people.alsoAdmitted), "bob@example.com");
    assert.equal(refusal(await signIn("usual", people.unverified)), refusals.unverified);
    assertEnters(await signIn("vouched", people.unverified), "dave@example.com");
  });

  it("admits no address that the list does not name, whoever vouches for it", async () => {
    assert.equal(refusal(await signIn("vouched", people.otherWorkspace)), refusals.notAdmitted);
  });

  it("is said to lead nowhere by a button whose issuer calls itself otherwise, by `verify` and by `check`", async () => {
    await withBrowsers([], async (fresh) => {
      const reasons = await buttonsThatLeadNowhere(kratosUrl, fresh);
      assert.deepEqual(reasons, { misspelt: "answered 500, see Kratos' log" });
    });
    const planned = ["http://127.0.0.1:18081", "http://127.0.0.1:18081/", "http://127.0.0.1:18080"].map(
      (issuerUrl, at) => ({
        urn: `urn:pulumi:dev::p::portcullis:index:OidcClient::client${at}`,
        type: "portcullis:index:OidcClient",
        inputs: { issuerUrl },
        isRemoved: false,
      }),
    );
    const items = await issuerItems(planned);
    assert.deepEqual(
      items.map(({ level, message }) => [level, message.split(":")[0]]),
      [
        ["error", "OidcClient client1"],
        ["note", "OidcClient client2"],
      ],
    );
    assert.match(items[0]?.message ?? "", /Write "http:\/\/127\.0\.0\.1:18081"\.$/);
  });

  it("admits accounts of any of several Workspaces, and of no other", async () => {
    assertEnters(await signIn("workspaces", people.otherWorkspace), "mallory@evil.example");
    assert.equal(refusal(await signIn("two-workspaces", people.noWorkspace)), refusals.notAdmitted);
  });
});
