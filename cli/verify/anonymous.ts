import { accessDeniedPath } from "../../documents/nginx/accessDenied";
import type { Answer, Browser } from "./browser";
import { buttonsThatLeadNowhere } from "./providers";
import type { Expectation } from "./table";
import type { Target } from "./target";

/** What anybody can see of a gateway without signing in. */
export function anonymousExpectations(target: Target, browser: () => Browser): Expectation[] {
  return [
    ...withoutSession(target, browser),
    ...signInPages(target, browser),
    ...(new URL(target.loginUi).protocol === "https:" ? [strictTransport(target, browser)] : []),
  ];
}

/** How requests for a service end. */
function withoutSession(target: Target, browser: () => Browser): Expectation[] {
  const page = new URL("/some/page?a=1&b=two%20words", target.service).href;
  const endpoint = new URL(accessDeniedPath, target.loginUi);
  const signIn = new URL("/self-service/login/browser", target.identityServer);
  return [
    {
      when: "browser without a session",
      expected: `302 to the access-denied endpoint, 302 to the sign-in, return_to=${page}`,
      find: async () => {
        const visitor = browser();
        const refused = await visitor.ask(page);
        const sent = await visitor.ask(refused.location ?? page);
        const returnTo = new URL(sent.location ?? page).searchParams.get("return_to");
        return `${redirect(refused, endpoint, "the access-denied endpoint")}, ${redirect(sent, signIn, "the sign-in")}, return_to=${returnTo ?? ""}`;
      },
    },
    {
      when: "browser at the access-denied endpoint by itself",
      expected: "200 on the login page",
      find: async () => {
        const { status, url } = await browser().open(endpoint.href);
        return `${status} on ${isAt(url, loginPage(target)) ? "the login page" : url}`;
      },
    },
    {
      when: "browser that is to return to a foreign host",
      expected: "refused",
      find: async () => {
        const foreign = new URL(endpoint);
        foreign.searchParams.set("return_to", "https://portcullis.invalid/");
        const { url } = await browser().open(foreign.href);
        return isAt(url, new URL("/error", target.loginUi)) ? "refused" : `sent to ${url}`;
      },
    },
    {
      when: "JSON client without a session",
      expected: "401",
      find: async () => String((await browser().ask(page, { accept: "application/json" })).status),
    },
    {
      when: "client that takes anything (curl), without a session",
      expected: "401",
      find: async () => String((await browser().ask(page, { accept: "*/*" })).status),
    },
    {
      when: "browser with a made-up session cookie",
      expected: "302",
      find: async () => {
        const headers = { cookie: `${target.sessionCookie}=MTc5OTk5OTk5OXxub3QtYS1zZXNzaW9u` };
        return String((await browser().ask(page, { headers })).status);
      },
    },
    {
      when: "host that no service has",
      expected: "404",
      alternatives: [`404${forOtherHosts}`, noHandshake],
      find: () => askUnknownHost(target, browser()),
    },
  ];
}

/** What the login page and the identity server behind it let anybody do. */
function signInPages(target: Target, browser: () => Browser): Expectation[] {
  const login = loginPage(target);
  return [
    {
      when: "a native flow, whose token could be somebody else's session",
      expected: "refused",
      find: async () => {
        const native = new URL("/self-service/login/api", target.identityServer);
        native.searchParams.set("return_session_token_exchange_code", "true");
        const { status } = await browser().ask(native.href, { accept: "application/json" });
        return status === 404 ? "refused" : `answered ${status}`;
      },
    },
    {
      when: "the login page is there",
      expected: "200",
      find: async () => String((await browser().open(login.href)).status),
    },
    {
      when: "every sign-in button",
      expected: "leads to its login provider",
      find: async () => {
        const reasons = Object.entries(await buttonsThatLeadNowhere(target.identityServer, browser));
        return reasons.length === 0
          ? "leads to its login provider"
          : reasons.map(([id, reason]) => `${id}: ${reason}`).join("\n");
      },
    },
    {
      when: "the login page asks for no password",
      expected: "no password field",
      find: async () => {
        const { body } = await browser().open(login.href);
        return /type="?password/i.test(body) ? "a password field" : "no password field";
      },
    },
    {
      when: "sign-up with a password",
      expected: "refused, no session",
      find: () => signUpWithPassword(target, browser()),
    },
    {
      when: "the admin API through the ingress",
      expected: "no answer",
      find: async () => {
        const { status, body } = await browser().ask(
          new URL("/admin/identities", target.identityServer).href,
        );
        return status === 200 ? `an answer: ${body.slice(0, 80)}` : "no answer";
      },
    },
  ];
}

function loginPage({ loginUi }: Target): URL {
  return new URL("/login", loginUi);
}

// A gateway with a certificate for each host has none for a host without a service.
const forOtherHosts = ", with a certificate for other hosts";
const noHandshake = "no TLS handshake";

async function askUnknownHost(target: Target, browser: Browser): Promise<string> {
  const unknown = new URL(target.service);
  unknown.hostname = `no-such-service.${new URL(target.loginUi).hostname.split(".").slice(1).join(".")}`;
  const answer = await browser.askUncertified(unknown.href);
  if (answer.status === undefined) return noHandshake;
  return `${answer.status}${answer.forOtherHosts ? forOtherHosts : ""}`;
}

function redirect({ status, location = "nowhere" }: Answer, to: URL, name: string): string {
  return `${status} to ${isAt(location, to) ? name : location}`;
}

function isAt(url: string, page: URL): boolean {
  return url.split("?")[0] === page.href;
}

/** The component that terminates TLS sends the header; the gateway's parts cannot add one to every answer. */
function strictTransport(target: Target, browser: () => Browser): Expectation {
  const hosts = [target.loginUi, target.identityServer, target.service];
  return {
    when: "Strict-Transport-Security: browsers that came once stay on https, also below that host",
    expected: "on every host",
    find: async () => {
      const answers = await Promise.all(hosts.map((url) => browser().ask(url)));
      const without = answers.filter(({ headers }) => !isStrict(headers["strict-transport-security"]));
      return without.length === 0 ? "on every host" : `not on ${without.map(({ url }) => url).join(", ")}`;
    },
  };
}

/** A lifetime of an hour would end before the next visit; names below a host can set cookies for the whole domain. */
const minHstsSeconds = 180 * 24 * 3600;

/** Whether the header keeps browsers on https for half a year, including names below the host. */
export function isStrict(header: string | string[] | undefined): boolean {
  const directives = String(header)
    .split(";")
    .map((directive) => directive.trim().toLowerCase());
  const [, seconds = "0"] =
    /^max-age="?(\d+)"?$/.exec(directives.find((text) => text.startsWith("max-age")) ?? "") ?? [];
  return Number(seconds) >= minHstsSeconds && directives.includes("includesubdomains");
}

/** Does what a page of the identity server would do, whatever the login page offers. */
async function signUpWithPassword(target: Target, browser: Browser): Promise<string> {
  const start = new URL("/self-service/registration/browser", target.identityServer);
  const flow = await browser.ask(start.href, { accept: "application/json" });
  const { ui } = JSON.parse(flow.body) as {
    ui: { action: string; nodes: { attributes: { name?: string; value?: string } }[] };
  };
  const csrf = ui.nodes.find(({ attributes }) => attributes.name === "csrf_token")?.attributes.value ?? "";
  const form = new URLSearchParams({
    method: "password",
    password: "correct horse battery staple 42",
    "traits.email": "alice@example.com",
    csrf_token: csrf,
  });
  const answer = await browser.ask(ui.action, { accept: "application/json", form });
  const session = (await browser.cookies.getCookies(target.identityServer)).some(
    ({ key }) => key === target.sessionCookie,
  );
  const refused = answer.status >= 400 && answer.status < 500;
  return `${refused ? "refused" : `answered ${String(answer.status)}`}, ${session ? "a session" : "no session"}`;
}
