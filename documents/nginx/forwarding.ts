import { identityHeaders } from "../oathkeeper/headers";
import { trustedHeaderNames } from "../shared/trustedHeaders";
import { answerPages } from "./answers";
import { authorizeHeaders } from "./authorize";
import { decisionHeaders } from "./decisionHeaders";

/** What a client says of a connection or of the way here, and what only the gateway's own parts tell each other. */
const ownHeaders = [
  ...["Forwarded", "X-Forwarded-Method", "X-Forwarded-Uri"],
  ...["HTTP2-Settings", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer"],
  ...Object.values(authorizeHeaders),
  ...Object.values(decisionHeaders),
];

/**
 * What every route has: the headers that an upstream is told, and those that never reach one. Only Authorization is the
 * route's own. A name that is not made of
 * letters, digits and hyphens is dropped before, so that there is no other spelling of them.
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#ignore_invalid_headers
 */
export function forwardDirectives(): string {
  const told = {
    [identityHeaders.userId]: "$user_id",
    [identityHeaders.userEmail]: "$user_email",
    Cookie: "$cookies",
    Upgrade: "$websocket",
    Connection: "$upgrades",
    "X-Forwarded-Proto": "$proto",
    "X-Forwarded-Host": "$http_host",
    "X-Forwarded-For": "$proxy_add_x_forwarded_for",
    "X-Request-Id": "$x_request_id",
  };
  const never = Object.fromEntries([...ownHeaders, ...trustedHeaderNames].map((name) => [name, '""']));
  return (
    Object.entries({ ...told, ...never })
      .map(([name, value]) => `proxy_set_header ${name} ${value};\n`)
      .join("") +
    `error_page 502 = @upstream_down;
error_page 504 = @upstream_slow;
${answerPages}proxy_hide_header X-Request-Id;
`
  );
}
