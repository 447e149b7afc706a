import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cookie, Page, Response } from "playwright-core";
import type { people } from "../../cli/verify/signIn";
import { checkout } from "../../dev/checkout";
import { defaultSessionCookie } from "../../documents/shared/cookies";

/** The result of a step. */
export interface Shown {
  readonly url: string;
  readonly status: number;
  /** The page's visible text. */
  readonly text: string;
}

export type PersonName = (typeof people)[keyof typeof people];

/** A person who uses a browser. */
export class Person {
  /** The responses that pages came from, with the redirects before them, oldest first. */
  readonly answers: Response[] = [];

  constructor(readonly page: Page) {
    page.on("response", (response) => {
      const request = response.request();
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) this.answers.push(response);
    });
  }

  /** How often the person's browser was redirected. */
  get redirects(): number {
    return this.answers.filter((answer) => answer.headers()["location"] !== undefined).length;
  }

  open(url: string): Promise<Shown> {
    return this.follow(() => this.page.goto(url));
  }

  /** Clicks a button or a link that leads to another page. */
  press(name: string | RegExp): Promise<Shown> {
    const control = this.page.getByRole("button", { name }).or(this.page.getByRole("link", { name }));
    return this.follow(() => control.click());
  }

  /** Opens a protected page and signs in at the stub issuer; ends on that page, or on one that says why not. */
  async signIn(url: string, login: PersonName): Promise<Shown> {
    await this.open(url);
    return this.authenticate(login);
  }

  /** Signs in, starting at the login page. */
  async authenticate(login: PersonName): Promise<Shown> {
    await this.press(/Stub issuer/);
    return this.identify(login);
  }

  /** Enters the user name at the stub issuer. */
  async identify(login: PersonName): Promise<Shown> {
    await this.page.getByLabel("User name").fill(login);
    return this.press("Continue");
  }

  /** The session cookie, if there is one. */
  async session(): Promise<Cookie | undefined> {
    const cookies = await this.page.context().cookies();
    return cookies.find(({ name }) => name === defaultSessionCookie);
  }

  /** Does a step that leads to another page, and waits until it has loaded. */
  async follow(step: () => Promise<unknown>): Promise<Shown> {
    const loaded = this.page.waitForEvent("load");
    await Promise.all([loaded, step()]);
    return this.shown();
  }

  async shown(): Promise<Shown> {
    return {
      url: this.page.url(),
      status: this.answers.at(-1)?.status() ?? 0,
      text: await this.page.locator("body").innerText(),
    };
  }

  /** Saves a screenshot of the page for the documentation, if requested; an ordinary run of the tests leaves no file. */
  async photograph(name: string): Promise<void> {
    if (process.env["PORTCULLIS_SCREENSHOTS"] !== "true") return;
    const folder = join(checkout, "docs/images");
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** Closes the browser, with all its data. */
  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
