import { identityHeaders } from "../oathkeeper/headers";
import { trustedHeaderNames } from "../shared/trustedHeaders";
import { authorizeHeaders } from "../rules/authorize";
import { decisionHeaders } from "../rules/decisionHeaders";

/** What a client says about a connection or about the way here, and headers that only the gateway's own parts exchange. */
const ownHeaders = [
  ...["Forwarded", "X-Forwarded-Method", "X-Forwarded-Uri"],
  ...["HTTP2-Settings", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Trailer"],
  ...Object.values(authorizeHeaders),
  ...Object.values(decisionHeaders),
];

/** Headers that the gateway sets, whatever the client sends. */
const toldHeaders = {
  [identityHeaders.userId]: "$user_id",
  [identityHeaders.userEmail]: "$user_email",
  Cookie: "$cookies",
  "X-Forwarded-Proto": "$proto",
  "X-Forwarded-Host": "$http_host",
  "X-Forwarded-For": "$proxy_add_x_forwarded_for",
  "X-Request-Id": "$x_request_id",
} as const;

/** Headers that most routes add, so that their server adds them for all. */
export const usualHeaders = [
  ["Host", "$http_host"],
  ["Authorization", "$authorization"],
] as const;

/**
 * The headers of every route: those that an upstream gets, and those that it never gets. Names with other characters than
 * letters, digits and hyphens are dropped earlier, so no other spelling of them exists.
 *
 * A route inherits them from its server, unless it has a header of its own: nginx then stores them once, and not for each
 * route.
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#ignore_invalid_headers
 * @see https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header
 */
export function forwardDirectives(): string {
  return directives("proxy", { ...toldHeaders, Upgrade: "$websocket", Connection: "$upgrades", TE: '""' });
}

/**
 * The same for routes to gRPC upstreams. nginx itself tells the upstream that it may answer with trailers if the client
 * accepts them, and sends nothing about connections.
 * @see https://nginx.org/en/docs/http/ngx_http_grpc_module.html
 */
export function grpcForwardDirectives(): string {
  return directives("grpc", toldHeaders);
}

function directives(module: "proxy" | "grpc", told: Readonly<Record<string, string>>): string {
  const never = Object.fromEntries([...ownHeaders, ...trustedHeaderNames].map((name) => [name, '""']));
  const lines = Object.entries({ ...told, ...never }).map(
    ([name, value]) => `${module}_set_header ${name} ${value};\n`,
  );
  return `${lines.join("")}${module}_hide_header X-Request-Id;\n`;
}
