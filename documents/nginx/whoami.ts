import { whoamiPath } from "../kratos/config";

/** Kratos' address, as nginx directives: its Service's full name, resolved again and again if the pod has name servers. */
export const kratosServerFile = "/tmp/kratos-server.conf";

/** What every server of the nginx needs for calls to Kratos, in the context `http`. */
export function whoamiUpstream({ sessionCookie }: KratosAddress): string {
  return `  # Of the form that the standard has, and no other text. https://www.w3.org/TR/trace-context/#traceparent-header
  map $http_traceparent $trace_parent {
    "~^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$" $http_traceparent;
    default "";
  }
  # Kratos writes base64url; the first cookie of exactly this name that looks so is the session.
  map $http_cookie $session {
    "~(?:^|;\\s*)${sessionCookie}=([A-Za-z0-9_=-]+)(?:;|$)" $1;
    default "";
  }
  map $session $session_cookie {
    "" "";
    default ${sessionCookie}=$session;
  }

  upstream kratos {
    zone kratos 64k;
    include ${kratosServerFile};
    keepalive 16;
  }
`;
}

/** Kratos' public Service, and the session cookie that it sets. */
export interface KratosAddress {
  readonly host: string;
  /** Name of the cookie. */
  readonly sessionCookie: string;
}

/** Passes on only the session, and headers that are set after this. */
export const onlySession = `      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header Cookie $session_cookie;
`;

/**
 * The location that asks Kratos whose session a request has.
 * @param more directives of only this server, each line indented by six spaces
 */
export function whoamiLocation(kratos: KratosAddress, more: string): string {
  return kratosLocation(kratos, whoamiPath, "", more);
}

/**
 * A location that asks Kratos about a session. Kratos sees only the session cookie and the trace of the request: no second
 * cookie, header, path or method can turn one visitor's answer into another's.
 */
export function kratosLocation(kratos: KratosAddress, path: string, query: string, more: string): string {
  return `    location = ${path} {
${more}      set $args "${query}";
      proxy_pass http://kratos;
${onlySession}      proxy_set_header Host ${kratos.host};
      proxy_set_header Accept application/json;
      proxy_set_header Traceparent $trace_parent;
      proxy_hide_header Set-Cookie;
      proxy_intercept_errors on;
      proxy_connect_timeout 2s;
      proxy_send_timeout 5s;
      proxy_read_timeout 5s;
    }
`;
}
