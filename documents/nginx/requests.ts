import type { Duration } from "../shared/duration";
import { refusedHeaders } from "../shared/trustedHeaders";
import { identityHeaders } from "../oathkeeper/headers";
import { sessionCookieName } from "../shared/cookies";
import { ambiguousPath } from "./authorize";
import { answerVariable, decisionHeaders } from "./decisionHeaders";
import { decisionLocation, decisionPath } from "./decisions";
import { fileOfPage } from "./accessDenied";
import { nginxPorts } from "./ports";

/** What every request needs in the context `http`, whatever the rules are. */
export const requestContext = `  # A dollar sign in a header of a rule is written as this.
  geo $dollar {
    default "$";
  }
  # Traefik says wss of a WebSocket.
  map $http_x_forwarded_proto $proto {
    https https;
    wss https;
    default http;
  }
  # A map takes upper and lower case for the same, and a rule does not.
  map $http_host $asked_host {
    "~[A-Z]" "";
    default $http_host;
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
  # The gateway's own cookies are cut out by maps, and what else looks like them by the script.
  map $http_cookie $cookies_without_session {
    "~^\\s*${sessionCookieName}=[^;]*(?:;\\s*(?<after_session>.*))?$" $after_session;
    "~^(?<before_session>.*?);\\s*${sessionCookieName}=[^;]*(?<behind_session>.*)$" $before_session$behind_session;
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
  js_set $asked_address requests.askedAddress;
  js_shared_dict_zone zone=requests:4m type=number;
  js_set $counted metrics.count;
  map "${Object.keys(refusedHeaders)
    .map((name) => `$http_${name.toLowerCase().replaceAll("-", "_")}`)
    .join("")}" $refused_header {
    "" "";
    default 1;
  }
  # The path as it was sent. Where some upstream may read it as another one, it is not plain: never public, and refused
  # where a rule is about paths.
  map $request_uri $request_path {
    "~^([^?]*)" $1;
  }
  map $request_path $plain_path {
    "~*${ambiguousPath}" "";
    default $request_path;
  }
`;

/** What the routes make of a request, included behind them in the context `http`. */
export const routedRequests = `map "$public_exact_paths $plain_path" $public_exact {
  "~(?:^|,)([^, ]+)(?:,\\S*)? \\1$" 1;
  default "";
}
map "$public_prefix_paths $plain_path" $public_prefix {
  "~(?:^|,)([^, ]+)(?:,\\S*)? \\1(?:/|$)" 1;
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
map "$path_matters $plain_path" $goal {
  "1 " ambiguous;
  default $route;
}
# What a client sent goes on, unless the gateway signs who asks.
map $signed_identity $authorization {
  "" $http_authorization;
  default $signed_identity;
}
# The content of a rule is in its name; the rule's own name is before.
map $named_rule $rule {
  "~^(.+)[.][0-9a-f]{12}$" $1;
  default "";
}
map "$public$reason" $decision {
  "" allowed;
  1 public;
  default $reason;
}
log_format audit escape=json
  '{"time":"$time_iso8601","audit":"request","host":"$http_host","method":"$request_method","path":"$request_path",'
  '"status":$status,"decision":"$decision","rule":"$rule","identity":"$user_id","email":"$user_email",'
  '"client":"$http_x_forwarded_for","bytes":$bytes_sent,"seconds":$request_time,"upstreamSeconds":"$upstream_response_time",'
  '"remembered":"$remembered"}$counted';
`;

export interface ForwardingServerInput {
  /** Where a browser that may not go on is told why. */
  readonly accessDeniedUrl: string;
  /** The folder with the pages. */
  readonly pagesFolder: string;
  /** How long a decision is remembered. */
  readonly decisionLife: Duration | "off";
}

/**
 * The server that every request for a protected service comes to, but for its routes: it asks for a decision, and forwards
 * to the route of the rule that the decision names.
 */
export function forwardingServer({
  accessDeniedUrl,
  pagesFolder,
  decisionLife,
}: ForwardingServerInput): string {
  return `  listen ${nginxPorts.proxy} backlog=1024;
  # A write for each line would be a tenth of what a request costs.
  access_log /dev/stdout audit buffer=64k flush=1s;
  default_type application/json;
  merge_slashes off;
  # Uploads and downloads of any size pass as they come; streams may be silent for an hour.
  client_max_body_size 0;
  client_body_timeout 1h;
  # Longer than ingress controllers and load balancers keep idle connections.
  keepalive_timeout 620s;
  keepalive_requests 1000000;
  # What is sent into a connection just before an old worker would close it gets its answer.
  keepalive_min_timeout 500ms;
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
  recursive_error_pages on;

${decisionLocation(decisionLife)}
  location / {
    if ($refused_header) {
      return 400 '${message(400, "Bad Request", "The request has a header by which software believes a proxy.")}';
    }
    auth_request ${decisionPath};
    auth_request_set $decided_rule ${answerVariable(decisionHeaders.rule)};
    auth_request_set $user_id ${answerVariable(identityHeaders.userId)};
    auth_request_set $user_email ${answerVariable(identityHeaders.userEmail)};
    auth_request_set $signed_identity ${answerVariable("Authorization")};
    auth_request_set $remembered $upstream_cache_status;
    auth_request_set $reason ${answerVariable(decisionHeaders.reason)};
    error_page 401 = @unauthorized;
    error_page 403 = @refused;
    error_page 500 = @undecided;
    try_files /nothing @$goal;
  }

  location @unauthorized {
    if ($browser) {
      return 302 ${accessDeniedUrl}?return_to=$asked_address;
    }
    return 401 '${message(401, "Unauthorized", "Sign in, or bring a token that this service takes.")}';
  }

  location @refused {
    if ($reason = no-rule) {
      return 404 '${noRule}';
    }
    if ($reason = failed) {
      return 500 '${message(500, "Internal Server Error", "The rules of this host cannot be followed.")}';
    }
    if ($browser) {
      return 302 ${accessDeniedUrl}?return_to=$asked_address;
    }
    return 403 '${message(403, "Forbidden", "This service is not open to you.")}';
  }

  location @no_rule {
    return 404 '${noRule}';
  }

  location @ambiguous {
    return 400 '${message(400, "Bad Request", "The path can be read as another one.")}';
  }

  location @undecided {
    if ($browser) {
      return 418;
    }
    error_page 418 =503 @unavailable_page;
    add_header Retry-After 5 always;
    return 503 '${message(503, "Service Unavailable", "Nobody can say now who you are. Try again.")}';
  }

  location @unavailable_page {
    root ${pagesFolder};
    default_type text/html;
    charset utf-8;
    add_header Cache-Control no-store always;
    add_header Retry-After 5 always;
    add_header X-Content-Type-Options nosniff always;
    try_files /${fileOfPage("unavailable")} =503;
  }

  location @too_large {
    return 413 '${message(413, "Content Too Large", "The service takes no request of this size.")}';
  }

  location @upstream_down {
    add_header Retry-After 5 always;
    return 502 '${message(502, "Bad Gateway", "The service does not answer.")}';
  }
`;
}

function message(code: number, status: string, text: string): string {
  return JSON.stringify({ error: { code, status, message: text } });
}

const noRule = message(404, "Not Found", "The gateway knows no such service.");
