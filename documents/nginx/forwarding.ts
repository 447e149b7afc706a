import { identityHeaders } from "../oathkeeper/headers";
import { trustedHeaderNames } from "../shared/trustedHeaders";
import { authorizeHeaders } from "../rules/authorize";
import { decisionHeaders } from "../rules/decisionHeaders";

/** What a client says of a connection or of the way here, and what only the gateway's own parts tell each other. */
const ownHeaders = [
  ...["Forwarded", "X-Forwarded-Method", "X-Forwarded-Uri"],
  ...["HTTP2-Settings", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Trailer"],
  ...Object.values(authorizeHeaders),
  ...Object.values(decisionHeaders),
];

/** What the gateway says of a request, whatever the client does. */
const toldHeaders = {
  [identityHeaders.userId]: "$user_id",
  [identityHeaders.userEmail]: "$user_email",
  Cookie: "$cookies",
  "X-Forwarded-Proto": "$proto",
  "X-Forwarded-Host": "$http_host",
  "X-Forwarded-For": "$proxy_add_x_forwarded_for",
  "X-Request-Id": "$x_request_id",
} as const;

/** What most routes add, so that their server does it for them. */
export const usualHeaders = [
  ["Host", "$http_host"],
  ["Authorization", "$authorization"],
] as const;

/**
 * What every route has: the headers that an upstream is told, and those that never reach one. A name that is not made of
 * letters, digits and hyphens is dropped before, so that there is no other spelling of them.
 *
 * A route has them of its server, unless it has a header of its own: nginx keeps them once then, and not for each route.
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#ignore_invalid_headers
 * @see https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header
 */
export function forwardDirectives(): string {
  return directives("proxy", { ...toldHeaders, Upgrade: "$websocket", Connection: "$upgrades", TE: '""' });
}

/**
 * The same for routes to gRPC upstreams. nginx itself says that the upstream may answer with trailers where the client
 * takes them, and nothing of connections.
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
