import assert from "node:assert/strict";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { loginUiTexts } from "../../documents/loginUi/texts";
import { servicesPath } from "../../documents/nginx/accessDenied";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { brandedPages, brandingProblems, type Branding } from "../../documents/shared/branding";
import recordedError from "../unit/components/loginUi/recorded/error.json";
import login from "../unit/components/loginUi/recorded/login.json";
import recovery from "../unit/components/loginUi/recorded/recovery.json";
import recoveryCodes from "../unit/components/loginUi/recorded/recoveryCodes.json";
import secondFactor from "../unit/components/loginUi/recorded/secondFactor.json";
import settings from "../unit/components/loginUi/recorded/settings.json";
import { browserUrl, flows, RecordedKratos } from "../unit/components/loginUi/recordedKratos";
import { startedUi } from "../unit/components/loginUi/startedUi";
import { freePort, type Program } from "../unit/dev/fixtures/program";
import { violations } from "./axe";
import { nginxPages } from "./nginxPages";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

/** Colours that differ as much from the gateway's own as `branding` permits: the text is readable on the panel only. */
const ownLook: Branding = {
  name: "Example & Co",
  logo: `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>').toString("base64")}`,
  colors: {
    light: { background: "#b9c2ff", panel: "#22242a", text: "#ececf0", link: "#a9b4ff" },
    dark: { background: "#2a39b0", panel: "#ffffff", text: "#171717", link: "#3142c4" },
  },
  texts: Object.fromEntries(
    brandedPages.map((page) => [page, { title: `Of ${page}`, text: "Ask somebody." }]),
  ),
  help: { text: "Ask IT", url: "mailto:it@example.com" },
};

/** The heading of every page of the login UI. */
const headings = Object.entries(loginUiTexts)
  .filter(
    ([key]) => !/^(?:services|title)\./.test(key) && /\.(?:title|goneTitle|confirm|secondFactor)$/.test(key),
  )
  .map(([, heading]) => heading);

/** Paths of the login UI, each with the heading that it shows, with and without a session. */
const visits: readonly (readonly [path: string, heading: string, as?: "signed in" | "posting"])[] = [
  // First: a person who comes from here is not sent on to the one login provider.
  ["/signed-out", loginUiTexts["signedOut.title"]],
  [`/login?flow=${login.id}`, loginUiTexts["login.title"]],
  [`/login?flow=${flows.confirm}`, loginUiTexts["login.confirm"]],
  [`/login?flow=${secondFactor.id}`, loginUiTexts["login.secondFactor"]],
  [`/login?flow=${flows.hangUp}`, loginUiTexts["unavailable.title"]],
  ["/login?flow=gone-403", loginUiTexts["cookies.title"]],
  [`/registration?flow=${flows.registration}`, loginUiTexts["registration.title"]],
  [`/recovery?flow=${recovery.id}`, loginUiTexts["recovery.title"]],
  [`/verification?flow=${flows.verification}`, loginUiTexts["verification.title"]],
  [`/error?id=${recordedError.id}`, loginUiTexts["error.title"]],
  [`/error?id=${flows.fullDisk}`, loginUiTexts["error.title"]],
  ["/error?id=none", loginUiTexts["error.goneTitle"]],
  ["/nothing", loginUiTexts["notFound.title"]],
  ["/welcome", loginUiTexts["welcome.title"]],
  ["/welcome", loginUiTexts["welcome.title"], "signed in"],
  [`/settings?flow=${settings.id}`, loginUiTexts["settings.title"], "signed in"],
  [`/settings?flow=${flows.refused}`, loginUiTexts["settings.title"], "signed in"],
  [`/settings?flow=${recoveryCodes.id}`, loginUiTexts["settings.title"], "signed in"],
  ["/login", loginUiTexts["method.title"], "posting"],
];

/**
 * No cluster shows all of them: its Kratos sends no mail, does not fail on demand, and has one look. So the login UI's own
 * server uses a Kratos with recorded responses, and nginx' pages come from the code that makes their files.
 */
describe("every page of the gateway, judged by axe-core", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
  });
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  it("is in the list below, and the gateway accepts the look", () => {
    assert.deepEqual(new Set(visits.map(([, heading]) => heading)), new Set(headings));
    assert.deepEqual(brandingProblems("branding", ownLook, undefined), []);
  });

  const assertAccessible = async (name: string, heading?: string) => {
    const shown = await person.page.locator("h1").allInnerTexts();
    if (heading === undefined) assert.equal(shown.length, 1, name);
    else assert.deepEqual(shown, [heading], name);
    return (await violations(person)).map((violation) => `${name}: ${violation}`);
  };

  for (const [look, branding] of [
    ["the gateway's own look", {}],
    ["a look of one's own", ownLook],
  ] as const) {
    it(`has no violation among nginx's pages, in ${look}`, async () => {
      const found: string[] = [];
      for (const { name, status, html, policy } of nginxPages(branding)) {
        const url = `http://pages.${DEVELOPMENT_ZONE}/${encodeURIComponent(name)}`;
        const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
        await person.page.route(url, (route) => route.fulfill({ status, headers, body: html }));
        await person.open(url);
        found.push(...(await assertAccessible(name)));
      }
      assert.deepEqual(found, []);
    });

    describe(`of the login UI, in ${look}`, () => {
      const kratos = new RecordedKratos();
      let ui: Program;
      let url: string;

      before(async () => {
        const port = await freePort();
        url = `http://recorded.${DEVELOPMENT_ZONE}:${String(port)}`;
        const kratosPublicUrl = await kratos.start();
        ui = await startedUi(
          {
            kratosPublicUrl,
            kratosBrowserUrl: browserUrl,
            servicesUrl: kratosPublicUrl + servicesPath,
            sessionCookie: defaultSessionCookie,
            providers: ["stub"],
            skipLoginPage: true,
            branding,
            texts: {},
          },
          port,
        );
      });
      after(async () => {
        await ui.stop();
        await kratos.stop();
      });

      it("has no violation", async () => {
        const { page } = person;
        // Kratos' script for security keys, which no recorded page needs.
        await page.route(`${browserUrl}/**`, (route) => route.abort());
        const found: string[] = [];
        for (const [path, heading, as] of visits) {
          if (as === "signed in")
            await page.context().addCookies([{ name: defaultSessionCookie, value: "valid", url }]);
          if (as === "posting") await page.route(url + path, (route) => route.continue({ method: "POST" }));
          await person.open(url + path);
          found.push(...(await assertAccessible(path, heading)));
        }
        assert.deepEqual(found, []);
      });
    });
  }
});
