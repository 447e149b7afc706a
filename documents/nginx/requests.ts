import type { Duration } from "../shared/duration";
import { refusedHeaders } from "../shared/trustedHeaders";
import { oathkeeperHealth } from "../oathkeeper/config";
import { identityHeaders } from "../oathkeeper/headers";
import { proxyHealthLocations } from "./health";
import type { Branding } from "../shared/branding";
import { answerPages, answersContext, answersLocation, endWith } from "./answers";
import { auditContext, auditLog } from "./audit";
import { ambiguousPath, authorizeHeaders } from "../rules/authorize";
import { authorizeContext, visitorVariables } from "./authorize";
import { answerVariable, decisionHeaders, requestVariable } from "../rules/decisionHeaders";
import { decisionLocation, decisionPath, rememberedContext } from "./decisions";
import { usualHeaders } from "./forwarding";
import { backlog, listen } from "./listen";
import { nginxPorts } from "../rules/ports";
import { keptConnectionMs } from "./reload";
import { requestNameContext, requestNameHeader } from "./requestName";
import { routeFiles } from "./routes";

const hostForm = "[a-z0-9-]+(?:[.][a-z0-9-]+)*";

/**
 * The same expression for PCRE: a repeated group keeps a place for each repetition, in a stack that a client could fill,
 * unless it is possessive.
 */
function withoutStack(expression: string): string {
  return expression.replaceAll(")*", ")*+");
}

/** What every request needs in the context `http`, independent of the rules. */
export const requestContext = (
  sessionCookie: string,
) => `  # A dollar sign in a header of a rule is written as this.
  geo $dollar {
    default "$";
  }
  # Traefik says wss of a WebSocket.
  map $http_x_forwarded_proto $proto {
    https https;
    wss https;
    default http;
  }
  # A map takes upper and lower case for the same, and a rule does not. A wildcard would take every other character too, and no
  # character at all; and the host is quoted in a signed identity.
  # A client of gRPC also writes the port that the scheme has anyway, which no rule has.
  map "$proto $http_host" $asked_host {
    "~^\\S+ (${hostForm})$" $1;
    "~^(?:https (${hostForm}):443|http (${hostForm}):80)$" $1$2;
    "~^\\S+ (${hostForm}:[0-9]+)$" $1;
    default "";
  }
  # The wildcard that stands for the host and its neighbours.
  map $asked_host $asked_wildcard {
    "~^[^./]+([.].+)$" "*$1";
    default "";
  }
  # A connection may become a WebSocket, and nothing else: as h2c it would be a tunnel past every further check.
  map $http_upgrade $websocket {
    "~*^websocket$" websocket;
    default "";
  }
  map $websocket $upgrades {
    "" "";
    default upgrade;
  }
  # A page for whoever reads one, JSON for a program.
  map $http_accept $browser {
    "~*text/html" 1;
    default "";
  }
  # A status of its own for a gRPC client, which there is by HTTP/2 only.
  map "$server_protocol $content_type" $grpc_client {
    "~*^HTTP/2\\.0 application/grpc(?:[+; ]|$)" 1;
    default "";
  }
${requestNameContext}
${cookieMaps(sessionCookie)}  js_set $asked_address requests.askedAddress;
  js_shared_dict_zone zone=requests:8m type=number;
  # A few counters that stay when those of gone rules are dropped, and that find memory when the others are too many.
  js_shared_dict_zone zone=totals:32k type=number;
  js_set $counted metrics.count;
  # The path as it was sent. Where some upstream may read it as another one, it is not plain: never public, and refused
  # where a rule is about paths. The default is also what nginx takes if a search fails, as for lack of a stack.
  map $request_uri $request_path {
    "~^([^?]*)" $1;
  }
  map $request_path $plain_path {
    "~*${withoutStack(ambiguousPath)}" "";
    "~^/" $request_path;
    default "";
  }
`;

/** What an upstream gets of a visitor's cookies: all but the gateway's own. */
function cookieMaps(sessionCookie: string): string {
  return `  # The gateway's own cookies are cut out by maps, and what else looks like them by the script.
  map $http_cookie $cookies_without_session {
    "~^\\s*${sessionCookie}=[^;]*(?:;\\s*(?<after_session>.*))?$" $after_session;
    "~^(?<before_session>.*?);\\s*${sessionCookie}=[^;]*(?<behind_session>.*)$" $before_session$behind_session;
    default $http_cookie;
  }
  map $cookies_without_session $cookies_without_csrf {
    "~^\\s*csrf_token_[0-9a-f]{64}=[^;]*(?:;\\s*(?<after_csrf>.*))?$" $after_csrf;
    "~^(?<before_csrf>.*?);\\s*csrf_token_[0-9a-f]{64}=[^;]*(?<behind_csrf>.*)$" $before_csrf$behind_csrf;
    default $cookies_without_session;
  }
  js_set $cookies_by_script requests.cookies;
  map $cookies_without_csrf $cookies {
    "~*ory_kratos_|csrf_token_" $cookies_by_script;
    default $cookies_without_csrf;
  }
`;
}

/** What depends on the routes, included after them in the context `http`. */
export const routedRequests = `map "$public_exact_paths $plain_path" $public_exact {
  "~(?:^|,)([^, ]+)(?:,\\S*)? \\1$" 1;
  default "";
}
map "$public_prefix_paths $plain_path" $public_prefix {
  "~(?:^|,)([^, ]+)(?:,\\S*)? \\1(?:/|$)" 1;
  # Every path.
  "~(?:^|,)/(?:,\\S*)? /" 1;
  default "";
}
map "$public_exact$public_prefix" $public {
  "" "";
  default 1;
}
map $public $named_rule {
  1 $public_rule;
  default $decided_rule;
}
${authorizeContext}map "$public$allowed" $open_route {
  "" forbidden;
  default $route;
}
# Nobody can be told no by a rule that nginx does not know.
map $route $judged_route {
  unavailable unavailable;
  unknown_service unknown_service;
  default $open_route;
}
map "$path_matters $plain_path" $goal {
  "1 " ambiguous;
  default $judged_route;
}
# What a client sent goes on, unless the gateway signs who asks.
map $signed_identity $authorization {
  "" $http_authorization;
  default $signed_identity;
}
${rememberedContext}${answersContext}${auditContext}`;

export interface ForwardingServerInput {
  /** Where a browser learns why it may not go on. */
  readonly accessDeniedUrl: string;
  /** The folder with the files of {@link answerFiles}. */
  readonly folder: string;
  readonly branding: Branding;
  /** How long a decision is remembered. */
  readonly decisionLife: Duration | "off";
}

/**
 * The server of all requests for protected services, without its routes: it requests a decision, and forwards to the route
 * of the rule that the decision names.
 */
export function forwardingServer(input: ForwardingServerInput): string {
  const { accessDeniedUrl, folder, branding, decisionLife } = input;
  const toAccessDenied = `if ($browser) {
      return 302 ${accessDeniedUrl}?return_to=$asked_address;
    }`;
  return `  ${listen(nginxPorts.proxy, backlog)}
  ${auditLog}
  uninitialized_variable_warn off;
  ${requestNameHeader}
  error_page 502 = @upstream_down;
  error_page 504 = @upstream_slow;
  ${answerPages}
${connections}${ofGrpc}  # For routes without a header of their own.
  include ${folder}/${routeFiles.forward};
  include ${folder}/${routeFiles.forwardGrpc};
${usual}  recursive_error_pages on;

${decisionLocation(decisionLife)}
${answersLocation(folder, branding)}
${proxyHealthLocations(oathkeeperHealth.ready)}
  location / {
${refuseForgedHeaders}    auth_request ${decisionPath};
    auth_request_set $decided_rule ${answerVariable(decisionHeaders.rule)};
    auth_request_set $user_id ${answerVariable(identityHeaders.userId)};
    auth_request_set $user_email ${answerVariable(identityHeaders.userEmail)};
${visitor}    auth_request_set $signed_identity ${answerVariable("Authorization")};
    auth_request_set $remembered $upstream_cache_status;
    auth_request_set $refused_because ${answerVariable(decisionHeaders.reason)};
    error_page 401 = @unauthorized;
    error_page 403 = @refused;
    error_page 500 = @unavailable;
    # Of two words on one status the first counts.
    ${answerPages}    try_files /nothing @$goal;
  }

  location @unauthorized {
    set $answer unauthorized;
    ${toAccessDenied}
    return 401;
  }

  location @refused {
    if ($refused_because = no-rule) {
      ${endWith("unknown-service")}
    }
    if ($refused_because = failed) {
      ${endWith("misconfigured")}
    }
    # Oathkeeper's no, not that of a list: the access-denied endpoint knows whether a second factor helps.
    set $answer forbidden;
    ${toAccessDenied}
    return 403;
  }

${endings}`;
}

/** How the server keeps connections, and how it passes requests and answers on. */
const connections = `  # An ingress controller speaks it in cleartext for gRPC services, and HTTP/1.1 for all others.
  http2 on;
  merge_slashes off;
  # What is remembered is read again for every request, and what is not there looked for.
  open_file_cache max=1000 inactive=20s;
  open_file_cache_errors on;
  # Uploads and downloads of any size pass as they come; streams may be silent for an hour.
  client_max_body_size 0;
  client_body_timeout 1h;
  # Longer than ingress controllers and load balancers keep idle connections.
  keepalive_timeout 620s;
  keepalive_requests 1000000;
  # What is sent into a connection just before an old worker would close it gets its answer.
  keepalive_min_timeout ${keptConnectionMs}ms;
  proxy_http_version 1.1;
  proxy_request_buffering off;
  proxy_buffering off;
  proxy_buffer_size 64k;
  proxy_buffers 4 64k;
  proxy_busy_buffers_size 128k;
  # An answer passes as it is. An upstream that could send nginx elsewhere would reach the routes of others.
  proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Buffering X-Accel-Charset X-Accel-Expires X-Accel-Limit-Rate X-Accel-Redirect;
  proxy_pass_header Date;
  proxy_pass_header Server;
  proxy_redirect off;
  proxy_connect_timeout 5s;
  proxy_send_timeout 1h;
  proxy_read_timeout 1h;
  # A kept connection may have just been closed by the upstream.
  proxy_next_upstream error;
  proxy_next_upstream_tries 2;
`;

/** One `if` for each: a single map of all headers together takes a request twice as long. */
const refuseForgedHeaders = Object.keys(refusedHeaders)
  .map(
    (name) => `    if (${requestVariable(name)} != "") {
      ${endWith("forged-header")}
    }
`,
  )
  .join("");

/** The same for gRPC upstreams, whose requests and answers nginx never buffers. */
const ofGrpc = `  grpc_buffer_size 64k;
  grpc_ignore_headers X-Accel-Charset X-Accel-Expires X-Accel-Limit-Rate X-Accel-Redirect;
  grpc_pass_header Date;
  grpc_pass_header Server;
  grpc_connect_timeout 5s;
  grpc_send_timeout 1h;
  grpc_read_timeout 1h;
  grpc_next_upstream error;
  grpc_next_upstream_tries 2;
`;

const usual = usualHeaders
  .map(([name, value]) => `  proxy_set_header ${name} ${value};\n  grpc_set_header ${name} ${value};\n`)
  .join("");

const visitor = (Object.keys(authorizeHeaders) as (keyof typeof authorizeHeaders)[])
  .map(
    (name) => `    auth_request_set ${visitorVariables[name]} ${answerVariable(authorizeHeaders[name])};\n`,
  )
  .join("");

/** Where requests that are not forwarded end, by the names that the routes use. */
const endings = (
  [
    ["forbidden", "forbidden"],
    ["unknown_service", "unknown-service"],
    ["ambiguous", "ambiguous-path"],
    ["unavailable", "unavailable"],
    ["upstream_down", "upstream-down"],
    ["upstream_slow", "too-slow"],
  ] as const
)
  // Error pages of its own: with those of the server, two of them would loop.
  .map(([location, name]) => `  location @${location} {\n    ${answerPages}    ${endWith(name)}\n  }\n`)
  .join("\n");
