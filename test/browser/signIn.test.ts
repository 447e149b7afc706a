import assert from "node:assert/strict";
import { people } from "../../cli/verify/signIn";
import { refusals } from "../../documents/kratos/claimsMapper";
import type { Person } from "./person";
import { assertAtLogin, OTHER_PROVIDER, setup, type Setup } from "./setup";

/** How often a first sign-in is repeated to measure its time, which is reported but not judged. */
const ROUNDS = 5;

describe("signing in", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
  });
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  it("leads back to exactly the page that was asked for", async () => {
    const page = `${on.vmagent}/targets?show_only_unhealthy=false&search=a%20b&search=%C3%A9`;
    await person.open(page);
    await person.photograph("login");
    await person.press(/Stub issuer/);
    await person.photograph("consent");
    const { url, status, text } = await person.identify(people.admitted);
    assert.deepEqual({ url, status }, { url: page, status: 200 });
    assert.match(text, /vmagent/);
    await person.photograph("service");
  });

  it("works with the button of either provider, each with its name, and leads back to the page", async () => {
    const page = `${on.vmagent}/targets?search=a%20b`;
    for (const [provider, who] of [
      ["Stub issuer", people.admitted],
      [OTHER_PROVIDER.label, people.alsoAdmitted],
    ] as const) {
      await on.identities.forget(who);
      const visitor = await on.chromium.person();
      await visitor.open(page);
      assert.equal(await visitor.page.locator("script").count(), 0, "what would go on by itself is a script");
      assert.deepEqual(await visitor.page.getByRole("button").allInnerTexts(), [
        "Sign in with Stub issuer",
        `Sign in with ${OTHER_PROVIDER.label}`,
      ]);
      await visitor.press(`Sign in with ${provider}`);
      const { url, status } = await visitor.identify(who);
      assert.deepEqual({ url, status }, { url: page, status: 200 }, provider);
      await visitor.leave();
    }
    await on.identities.forget(people.alsoAdmitted);
  });

  it("takes a new person through eight redirects from the first click to the page", async () => {
    const page = `${on.vmagent}/targets`;
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await on.identities.forget(people.alsoAdmitted);
      const visitor = await on.chromium.person();
      const started = performance.now();
      const { url } = await visitor.signIn(page, people.alsoAdmitted);
      seconds.push((performance.now() - started) / 1000);
      assert.equal(url, page);
      assert.equal(visitor.redirects, 8, visitor.answers.map((answer) => answer.url()).join("\n"));
      await visitor.leave();
    }
    const median = seconds.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
    process.stdout.write(
      `    ${median.toFixed(2)} s, median of ${String(ROUNDS)}; no thought between clicks\n`,
    );
  });

  it("is done once for all services", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.admitted);
    const before = person.answers.length;
    const { url, status, text } = await person.open(`${on.echo}/dashboard?range=1h`);
    assert.deepEqual({ url, status }, { url: `${on.echo}/dashboard?range=1h`, status: 200 });
    assert.equal(person.answers.length - before, 1, "it went through other pages");
    assert.match(text, /alice@example\.com/);
  });

  it("refuses an account of another Workspace with a page that says why, and starts no session", async () => {
    const { url, text } = await person.signIn(`${on.vmagent}/targets`, people.otherWorkspace);
    assert.equal(new URL(url).origin, on.target.loginUi);
    assert.ok(text.includes(refusals.notAdmitted), text);
    assert.doesNotMatch(text, /Jsonnet|RUNTIME|example\.com/, "it says more than a visitor should read");
    assert.equal(await person.session(), undefined);
    await person.photograph("refusal");
    assertAtLogin(await person.open(on.vmagent));
  });

  it("works by keyboard alone", async () => {
    await person.open(`${on.vmagent}/targets`);
    await person.page.keyboard.press("Tab");
    const focused = person.page.locator(":focus");
    assert.match(await focused.innerText(), /Stub issuer/);
    assert.notEqual(
      await person.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"),
      "none",
    );
    await person.follow(() => person.page.keyboard.press("Enter"));
    assert.equal((await person.identify(people.admitted)).url, `${on.vmagent}/targets`);
  });

  it("never leads to another site, whatever return_to says", async () => {
    const { host, hostname } = new URL(on.vmagent);
    const zone = host.replace("vmagent.", "");
    for (const target of [
      "http://evil.example/",
      "//evil.example/",
      `http://evil${zone}/`,
      `http://${hostname}.evil.example/`,
      `http://${host}@evil.example/`,
      `http://evil.example\\@${host}/`,
      "javascript:alert(1)",
    ]) {
      const login = new URL("/login", on.target.loginUi);
      login.searchParams.set("return_to", target);
      const { url, text } = await person.open(login.href);
      assert.equal(new URL(url).origin, on.target.loginUi, target);
      assert.doesNotMatch(text, /Stub issuer/, `goes on to ${target}`);
    }
  });
});
