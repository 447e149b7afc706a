import type { Browser } from "./browser";

/** What Kratos answers to a page of its own. */
interface Said {
  readonly ui?: {
    readonly action: string;
    readonly nodes: readonly { readonly attributes: { readonly name?: string; readonly value?: string } }[];
  };
  readonly redirect_browser_to?: string;
  readonly error?: { readonly reason?: string; readonly message?: string };
}

/**
 * Presses every button of the login page, up to the redirect to the provider's own page. For that, Kratos reads the
 * provider's discovery document, and fails if it cannot reach one, or if one names another issuer. The reason is in Kratos'
 * log: its front keeps it from browsers.
 *
 * @returns the errors of buttons that lead nowhere, by provider id
 */
export async function buttonsThatLeadNowhere(
  identityServer: string,
  browser: () => Browser,
): Promise<Readonly<Record<string, string>>> {
  const { ids } = await begin(identityServer, browser());
  const reasons: Record<string, string> = {};
  for (const id of ids) {
    const visitor = browser();
    const { action, csrf } = await begin(identityServer, visitor);
    const form = new URLSearchParams({ csrf_token: csrf, provider: id });
    const { status, body } = await visitor.ask(action, { accept: "application/json", form });
    const { redirect_browser_to, error } = readable(body);
    if (redirect_browser_to !== undefined && isElsewhere(redirect_browser_to, identityServer)) continue;
    reasons[id] =
      error?.reason ?? error?.message ?? redirect_browser_to ?? `answered ${status}, see Kratos' log`;
  }
  return reasons;
}

async function begin(identityServer: string, browser: Browser) {
  const start = new URL("/self-service/login/browser", identityServer).href;
  const { ui } = readable((await browser.ask(start, { accept: "application/json" })).body);
  const valuesOf = (wanted: string) =>
    (ui?.nodes ?? []).flatMap(({ attributes: { name, value = "" } }) => (name === wanted ? [value] : []));
  return { action: ui?.action ?? start, ids: valuesOf("provider"), csrf: valuesOf("csrf_token")[0] ?? "" };
}

/** If Kratos cannot go on, it redirects to a page of the gateway's own. */
function isElsewhere(url: string, identityServer: string): boolean {
  const domain = new URL(identityServer).hostname.split(".").slice(1).join(".");
  const { hostname } = new URL(url);
  return hostname !== `auth.${domain}` && hostname !== new URL(identityServer).hostname;
}

function readable(body: string): Said {
  try {
    return JSON.parse(body) as Said;
  } catch {
    return {};
  }
}
