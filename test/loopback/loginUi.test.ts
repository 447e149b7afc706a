import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { TOTP } from "otpauth";
import { Browser, type Answer } from "../../cli/verify/browser";
import { eventually } from "../../cli/shared/eventually";
import { people } from "../../cli/verify/signIn";
import { refusals } from "../../documents/kratos/claimsMapper";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { Identity, kratosUrl, loginUi, provider } from "./identity";

describe("the login UI in front of Kratos itself", () => {
  let identity: Identity;
  let browser: Browser;

  before(async () => {
    identity = await Identity.start({ secondFactor: "optional" });
  });
  after(() => identity.stop());
  beforeEach(() => {
    browser = new Browser();
  });
  afterEach(() => browser.close());

  const open = (path: string, who = browser) => who.open(loginUi + path);
  const signIn = async (person: string, who = browser): Promise<Answer> => {
    const login = await open("/login", who);
    const atIssuer = await who.press(login, { button: { name: "provider", value: provider } });
    return who.press(atIssuer, { fields: { login: person } });
  };
  const signOut = async (who = browser) => {
    const link = parse((await open("/welcome", who)).body).querySelector('a[href*="/self-service/logout"]');
    return who.open(link?.attributes["href"] ?? "no link");
  };
  const titleOf = ({ body }: Answer) => parse(body).querySelector("h1")?.text;
  const enterCode = (page: Answer, code: string, who = browser) =>
    who.press(page, { fields: { totp_code: code }, button: { name: "method", value: "totp" } });

  it("signs a person in, shows the address, and signs out again", async () => {
    const { url, body } = await signIn(people.admitted);
    assert.equal(url, `${loginUi}/welcome`);
    assert.match(body, /signed in as alice@example\.com/);
    assert.equal(titleOf(await signOut()), "You are signed out");
    assert.match((await open("/welcome")).body, /You are not signed in/);
  });

  it("signs a person in despite large cookies of other services of the domain", async () => {
    for (let index = 0; index < 30; index += 1)
      await browser.cookies.setCookie(
        `other${index}=${"a".repeat(4000)}; Domain=portcullis.localhost; Path=/`,
        loginUi,
      );
    const { status, body } = await signIn(people.admitted);
    assert.equal(status, 200, body);
    assert.match(body, /signed in as alice@example\.com/);
  });

  it("does not fail for others after the largest requests that are accepted", async () => {
    const starting = `${kratosUrl}/self-service/login/browser`;
    const largest = {
      cookie: [
        `${defaultSessionCookie}=${"A".repeat(4096)}`,
        `ory_kratos_continuity=${"A".repeat(4096)}`,
        ...["0", "1", "2"].map((digit) => `csrf_token_${digit.repeat(64)}=${"+".repeat(100)}`),
        ...Array.from({ length: 2000 }, (_, index) => `a${index}=${"<".repeat(40)}`),
      ].join("; "),
      "user-agent": "<".repeat(2000),
      accept: "text/html",
    };
    const returnTo = `http://vmagent.portcullis.localhost:3000/${"%3C".repeat(2700)}`;
    for (let turn = 0; turn < 10; turn += 1) {
      const { status, headers } = await browser.ask(`${starting}?return_to=${returnTo}`, {
        headers: largest,
      });
      assert.equal(status, 303);
      assert.match(String(headers["location"]), /\/login\?flow=/);
    }
    assert.equal((await signIn(people.admitted)).status, 200);
  });

  it("sends Kratos' spans to the collector", async () => {
    await signIn(people.admitted);
    await eventually(
      () =>
        identity.collector.has("kratos") ? Promise.resolve() : Promise.reject(new Error("no span of Kratos")),
      { seconds: 20 },
    );
  });

  it("gives a request the ingress controller's name in Kratos' own log", async () => {
    for (const [url, name] of [
      [`${kratosUrl}/self-service/login/browser`, "asked-of-the-front"],
      [`${loginUi}/welcome`, "asked-of-the-login-ui"],
    ] as const) {
      await browser.ask(url, { headers: { "x-request-id": name } });
      const isTold = (line: string) =>
        line.includes('"msg":"completed handling request"') && line.includes(`"x-request-id":"${name}"`);
      await eventually(() => {
        assert.ok(identity.log().split("\n").some(isTold), `no line of Kratos names ${name}`);
        return Promise.resolve();
      });
    }
  });

  it("shows the reason for a refusal, in the claims mapper's words", async () => {
    const { url, body } = await signIn(people.otherWorkspace);
    assert.ok(url.startsWith(`${loginUi}/error?id=`), url);
    assert.equal(parse(body).querySelector("[role=alert]")?.text, refusals.notAdmitted);
  });

  it("sets up an authenticator app and recovery codes, and asks for one of them at the next sign-in", async () => {
    await signIn(people.alsoAdmitted);
    const settings = await open("/settings");
    const secret = parse(settings.body).querySelector("#totp_secret_key")?.text ?? "";
    const app = new TOTP({ secret });
    const wrong = await enterCode(settings, "000000");
    assert.equal(parse(wrong.body).querySelector("[name=totp_code]")?.attributes["aria-invalid"], "true");
    assert.match(parse(wrong.body).querySelector("title")?.text ?? "", /^Error: /);
    assert.match((await enterCode(wrong, app.generate())).body, /Your changes have been saved/);

    const shown = await browser.press(await open("/settings"), {
      button: { name: "lookup_secret_regenerate" },
    });
    const codes = parse(shown.body)
      .querySelectorAll(".codes code")
      .map(({ text }) => text);
    assert.equal(codes.length, 12);
    await browser.press(shown, { button: { name: "lookup_secret_confirm" } });

    const other = new Browser();
    try {
      const step = await signIn(people.alsoAdmitted, other);
      assert.equal(titleOf(step), "Confirm with your second factor");
      const refused = await enterCode(step, "000000", other);
      assert.equal(titleOf(refused), "Confirm with your second factor");
      assert.ok(parse(refused.body).querySelector("[role=alert]"), refused.body);
      const fields = { lookup_secret: codes[0] ?? "" };
      const { url } = await other.press(refused, {
        fields,
        button: { name: "method", value: "lookup_secret" },
      });
      assert.equal(url, `${loginUi}/welcome`);
    } finally {
      await other.close();
    }
  });

  for (const kind of ["recovery", "verification"]) {
    it(`sends a mail for ${kind}, where it is on`, async () => {
      const page = await open(`/${kind}`);
      const sent = await browser.press(page, {
        fields: { email: "alice@example.com" },
        button: { name: "method" },
      });
      assert.match(
        parse(sent.body).querySelector("[role=status]")?.text ?? sent.body,
        /An email containing a/,
      );
    });
  }

  it("shows a browser that keeps no cookies a page instead of a loop", async () => {
    const { url } = await open("/login");
    const forgetful = new Browser();
    try {
      const page = await forgetful.open(url);
      assert.deepEqual([page.status, titleOf(page)], [400, "Cookies are needed"]);
    } finally {
      await forgetful.close();
    }
  });

  it("leads back to the page that was first asked for", async () => {
    const target = "http://vmagent.portcullis.localhost:3000/welcome?a=1&b=two%20words";
    const login = await open(`/login?return_to=${encodeURIComponent(target)}`);
    const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
    const { url } = await browser.press(atIssuer, { fields: { login: people.admitted } });
    assert.equal(url, target);
  });
});
