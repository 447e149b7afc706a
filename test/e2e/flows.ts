import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { TOTP } from "otpauth";
import type { Answer, Browser } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";

export const JSON_TYPE = "application/json";

export type FlowKind = "login" | "registration" | "settings" | "recovery" | "verification";
export const flowKinds: readonly FlowKind[] = [
  "login",
  "registration",
  "settings",
  "recovery",
  "verification",
];

export interface Node {
  readonly group: string;
  readonly attributes: {
    readonly id?: string;
    readonly name?: string;
    readonly value?: string;
    readonly text?: { readonly text: string };
  };
}

export interface Flow {
  readonly id: string;
  readonly ui: { readonly action: string; readonly nodes: readonly Node[] };
}

/** Second factors of a person. */
export interface Factors {
  readonly app: TOTP;
  /** One of the recovery codes. */
  readonly code: string;
}

/** Runs Kratos' flows by hand, at the public host, with one of the stub issuer's providers. */
export class Flows {
  constructor(
    private readonly target: Target,
    private readonly provider: string,
  ) {}

  url(path: string): string {
    return new URL(path, this.target.identityServer).href;
  }

  start(browser: Browser, kind: FlowKind, query = ""): Promise<Answer> {
    return browser.ask(this.url(`/self-service/${kind}/browser${query}`), { accept: JSON_TYPE });
  }

  async begin(browser: Browser, kind: FlowKind, query = ""): Promise<Flow> {
    const { status, body } = await this.start(browser, kind, query);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Flow;
  }

  submit(
    browser: Browser,
    { ui }: Flow,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return browser.ask(ui.action, {
      accept: JSON_TYPE,
      headers,
      form: new URLSearchParams({ csrf_token: valueOf(ui.nodes, "csrf_token"), ...fields }),
    });
  }

  enter(browser: Browser, person: string, provider = this.provider): Promise<Answer> {
    return signIn(browser, this.target.service, provider, person);
  }

  async sessionOf(browser: Browser): Promise<string | undefined> {
    const { identityServer, sessionCookie } = this.target;
    return (await browser.cookies.getCookies(identityServer)).find(({ key }) => key === sessionCookie)?.value;
  }

  async isIn(browser: Browser): Promise<boolean> {
    return (await browser.ask(this.target.service)).status === 200;
  }

  /** Signs out through the link on the login UI's pages. */
  async leave(browser: Browser): Promise<void> {
    const page = await browser.open(new URL("/welcome", this.target.loginUi).href);
    const link = parse(page.body).querySelector('a[href*="/self-service/logout"]')?.attributes["href"];
    assert.ok(link !== undefined, page.body);
    await browser.open(link);
  }

  /** A person with an authenticator app, recovery codes and a session that has passed both. */
  async withFactors(browser: Browser, person: string): Promise<Factors> {
    await this.enter(browser, person);
    const flow = await this.begin(browser, "settings");
    const app = new TOTP({ secret: textOf(flow.ui.nodes, "totp_secret_key") });
    await this.submit(browser, flow, { method: "totp", totp_code: app.generate() });
    const codes = await this.submit(browser, await this.begin(browser, "settings"), {
      method: "lookup_secret",
      lookup_secret_regenerate: "true",
    });
    const shown = JSON.parse(codes.body) as Flow;
    const code = textOf(shown.ui.nodes, "lookup_secret_codes").split(/[\s,]+/)[0] ?? "";
    await this.submit(browser, shown, { method: "lookup_secret", lookup_secret_confirm: "true" });
    return { app, code };
  }

  /** The link that completes a person's sign-in, not yet used. */
  async callbackOf(browser: Browser): Promise<string> {
    const form = await this.submit(browser, await this.begin(browser, "login"), { provider: this.provider });
    const page = await browser.open(redirectOf(form));
    const action = parse(page.body).querySelector("form")?.attributes["action"] ?? "";
    const login = new URLSearchParams({ login: people.alsoAdmitted });
    let answer = await browser.ask(new URL(action, page.url).href, { form: login });
    while (answer.location !== undefined && !answer.location.includes("/callback/"))
      answer = await browser.ask(answer.location);
    return answer.location ?? "";
  }
}

/** Where a browser goes after a form that was sent as a script does. */
export function redirectOf({ body }: Answer): string {
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
