import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { parse, type HTMLElement } from "node-html-parser";
import { CookieJar } from "tough-cookie";
import { Agent, request, type buildConnector } from "undici";
import { askUncertified, type Uncertified } from "./uncertified";

/** The answer to one request. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The target of a redirect, as an absolute URL. */
  readonly location?: string;
}

export interface Ask {
  readonly method?: string;
  /** @default what browsers send when they open a page */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, sent as a form. */
  readonly form?: URLSearchParams;
}

/** A form as a person would send it, with the button to press. */
export interface Press {
  /** Values entered into the form. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The button: its name, and its value if several buttons share the name. @default the form's only button */
  readonly button?: { readonly name: string; readonly value?: string };
}

const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const MOST_REDIRECTS = 20;

/** Names below .localhost are resolved to this machine, whatever its resolver says, and so are the given names. */
function resolver(localNames: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    const local = hostname.endsWith(".localhost") || localNames.some((name) => hostname.endsWith(name));
    lookup(local ? "127.0.0.1" : hostname, options, callback);
  };
}

/** A browser without a screen or scripts: it handles cookies, redirects and forms. */
export class Browser {
  readonly cookies = new CookieJar(undefined, { allowSpecialUseDomain: true });
  private readonly connection: buildConnector.BuildOptions;
  private readonly agent: Agent;

  /**
   * @param localNames suffixes of host names that are reached on this machine, besides `.localhost`
   * @param authority certificate of the authority that signs the servers' certificates (PEM), if it is not publicly known
   */
  constructor(localNames: readonly string[] = [], authority?: string) {
    const trust = authority === undefined ? {} : { ca: authority };
    this.connection = { lookup: resolver(localNames), ...trust };
    // HTTP/1.1, in which a request can be malformed on purpose.
    this.agent = new Agent({ allowH2: false, connect: this.connection });
  }

  /** Sends one request, without following redirects. */
  async ask(url: string, ask: Ask = {}): Promise<Answer> {
    const cookie = await this.cookies.getCookieString(url);
    const response = await request(url, {
      dispatcher: this.agent,
      method: ask.method ?? (ask.form ? "POST" : "GET"),
      headers: {
        accept: ask.accept ?? HTML,
        ...(cookie === "" ? {} : { cookie }),
        ...(ask.form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
        ...ask.headers,
      },
      ...(ask.form ? { body: ask.form.toString() } : {}),
    });
    for (const line of [response.headers["set-cookie"] ?? []].flat()) {
      await this.cookies.setCookie(line, url, { ignoreError: true });
    }
    const target = response.headers["location"];
    return {
      url,
      status: response.statusCode,
      headers: response.headers,
      body: await response.body.text(),
      ...(typeof target === "string" ? { location: new URL(target, url).href } : {}),
    };
  }

  /** Sends one request, without cookies, to a host that may have no certificate. */
  askUncertified(url: string): Promise<Uncertified> {
    return askUncertified(url, { accept: HTML }, this.connection);
  }

  /** Opens a page as a person does: redirects are followed to the end. */
  async open(url: string, ask: Ask = {}): Promise<Answer> {
    let answer = await this.ask(url, ask);
    for (let redirects = 0; answer.location !== undefined && answer.status < 400; redirects += 1) {
      if (redirects === MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects from ${url}`);
      answer = await this.ask(answer.location, {
        ...(ask.accept === undefined ? {} : { accept: ask.accept }),
      });
    }
    return answer;
  }

  /** Sends the form of a page that has the wanted button, and follows redirects to the end. */
  async press(page: Answer, press: Press = {}): Promise<Answer> {
    const { form, button } = findForm(page, press.button);
    const fields = new URLSearchParams();
    for (const input of form.querySelectorAll("input[name]")) {
      const { name = "", type = "text", value = "" } = input.attributes;
      if (!["submit", "button", "checkbox", "radio"].includes(type)) fields.set(name, value);
    }
    for (const [name, value] of Object.entries(press.fields ?? {})) fields.set(name, value);
    const { name, value = "" } = button?.attributes ?? {};
    if (name !== undefined && !fields.has(name)) fields.set(name, value);
    const action = new URL(form.attributes["action"] ?? page.url, page.url).href;
    return this.open(action, { form: fields });
  }

  /** Aborts all open requests. */
  async destroy(): Promise<void> {
    await this.agent.destroy();
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

/** Runs `use` with a source of independent browsers, and closes all of them afterwards. */
export async function withBrowsers<T>(
  localNames: readonly string[],
  use: (fresh: () => Browser) => Promise<T>,
  authority?: string,
): Promise<T> {
  const opened: Browser[] = [];
  try {
    return await use(() => {
      const browser = new Browser(localNames, authority);
      opened.push(browser);
      return browser;
    });
  } finally {
    await Promise.all(opened.map((browser) => browser.close()));
  }
}

function findForm(page: Answer, wanted: Press["button"]): { form: HTMLElement; button?: HTMLElement } {
  for (const form of parse(page.body).querySelectorAll("form")) {
    const buttons = form.querySelectorAll("button, input[type=submit]");
    const button = wanted
      ? buttons.find(
          ({ attributes }) =>
            attributes["name"] === wanted.name &&
            (wanted.value === undefined || attributes["value"] === wanted.value),
        )
      : buttons[0];
    if (button) return { form, button };
    if (!wanted) return { form };
  }
  const label = wanted ? `${wanted.name}=${wanted.value ?? "*"}` : "any";
  throw new Error(`${page.url} (${String(page.status)}) has no form with the button ${label}`);
}
