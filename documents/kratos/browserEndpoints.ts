import { callbackPath } from "./loginProvider";

/**
 * What a request makes Kratos do, which determines its rate limit: `mail` sends one to an address that the request names,
 * `read` does not use the database.
 */
export type BrowserAction = "start" | "submit" | "callback" | "mail" | "read";

/** One of the requests that browsers make to Kratos' public API. */
export interface BrowserEndpoint {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly action: BrowserAction;
}

/** What a gateway's endpoints depend on. */
export interface BrowserEndpointsInput {
  readonly providerIds: readonly string[];
  readonly secondFactor: boolean;
  /** Whether users can get in by a link sent to their address. */
  readonly recovery: boolean;
  /** Whether addresses are verified by a link. */
  readonly verification: boolean;
}

/**
 * Every request that a browser makes to Kratos, and no other. A server makes the pages of the login UI: it gets flows,
 * sessions and sign-out links inside the cluster. Native flows, the exchange of session tokens, `/sessions`, `/schemas`,
 * `/health` and the path to the admin API are not included.
 * @see https://www.ory.com/docs/kratos/reference/api#tag/frontend
 */
export function browserEndpoints(input: BrowserEndpointsInput): BrowserEndpoint[] {
  return [
    // The proxy and the login UI send browsers here; Kratos answers with the page of a new flow.
    ...["login", "registration", "settings"].map(starts),
    // The forms of the login UI.
    ...["login", "registration", "settings"].map((kind) => post(flowPath(kind), "submit")),
    // A provider sends the browser back with a link or (`response_mode=form_post`) with a form.
    get(callbackPath, "callback"),
    ...input.providerIds.flatMap((id) => [
      get(`${callbackPath}/${id}`, "callback"),
      post(`${callbackPath}/${id}`, "callback"),
    ]),
    // The sign-out button.
    get("/self-service/logout", "submit"),
    // The script for security keys and passkeys.
    ...(input.secondFactor ? [get("/.well-known/ory/webauthn.js", "read")] : []),
    // Links in mails submit by GET.
    ...(["recovery", "verification"] as const)
      .filter((kind) => input[kind])
      .flatMap((kind) => [starts(kind), post(flowPath(kind), "mail"), get(flowPath(kind), "submit")]),
  ];
}

/** Longest query of a request, in characters: Kratos stores it with a new flow. */
export const maxQuery = 8192;

/** Where forms of the login page are sent, also those of a second step. */
export const loginPath = flowPath("login");

function flowPath(kind: string): string {
  return `/self-service/${kind}`;
}

function starts(kind: string): BrowserEndpoint {
  return get(`${flowPath(kind)}/browser`, "start");
}

function get(path: string, action: BrowserAction): BrowserEndpoint {
  return { method: "GET", path, action };
}

function post(path: string, action: BrowserAction): BrowserEndpoint {
  return { method: "POST", path, action };
}
