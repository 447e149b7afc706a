import { callbackPath } from "./loginProvider";

/** What a request makes Kratos do, by which its rate is limited; `read` touches no database. */
export type BrowserAction = "start" | "submit" | "callback" | "read";

/** One of the requests that browsers make to Kratos' public API. */
export interface BrowserEndpoint {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly action: BrowserAction;
}

/** What the endpoints of a gateway depend on. */
export interface BrowserEndpointsInput {
  readonly providerIds: readonly string[];
  readonly secondFactor: boolean;
  /** Whether users can get in by a link sent to their address. */
  readonly recovery: boolean;
  /** Whether addresses are verified by a link. */
  readonly verification: boolean;
}

/**
 * Every request that a browser makes to Kratos, and no other: the pages of the login UI are made by a server, which asks
 * for flows, sessions and sign-out links inside the cluster. Left out are native flows, the exchange of session tokens,
 * `/sessions`, `/schemas`, `/health` and the way to the admin API.
 * @see https://www.ory.com/docs/kratos/reference/api#tag/frontend
 */
export function browserEndpoints(input: BrowserEndpointsInput): BrowserEndpoint[] {
  return [
    // The proxy and the login UI send browsers here; Kratos answers with the page of a new flow.
    ...["login", "registration", "settings"].map(starts),
    // The forms of the login UI.
    ...["login", "registration", "settings"].map(submits),
    // A provider sends the browser back, by a link or (`response_mode=form_post`) by a form.
    get(callbackPath, "callback"),
    ...input.providerIds.flatMap((id) => [
      get(`${callbackPath}/${id}`, "callback"),
      post(`${callbackPath}/${id}`, "callback"),
    ]),
    // The button that signs out.
    get("/self-service/logout", "submit"),
    // The script of security keys and passkeys.
    ...(input.secondFactor ? [get("/.well-known/ory/webauthn.js", "read")] : []),
    // The links in mails are submits by GET.
    ...(["recovery", "verification"] as const)
      .filter((kind) => input[kind])
      .flatMap((kind) => [starts(kind), submits(kind), get(flowPath(kind), "submit")]),
  ];
}

/** Longest query of a request, in characters: a new flow keeps it. */
export const maxQuery = 8192;

/** Where forms of the login page go, a second step's too. */
export const loginPath = flowPath("login");

function flowPath(kind: string): string {
  return `/self-service/${kind}`;
}

function starts(kind: string): BrowserEndpoint {
  return get(`${flowPath(kind)}/browser`, "start");
}

function submits(kind: string): BrowserEndpoint {
  return post(flowPath(kind), "submit");
}

function get(path: string, action: BrowserAction): BrowserEndpoint {
  return { method: "GET", path, action };
}

function post(path: string, action: BrowserAction): BrowserEndpoint {
  return { method: "POST", path, action };
}
