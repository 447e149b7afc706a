import { sessionCookieName } from "../cookies";
import type { Duration } from "../duration";
import { whoamiPath } from "../kratos/config";

export interface SessionCheckInput {
  /** Kratos' public Service. The name is looked up once, when nginx starts, so it must exist by then. */
  readonly kratos: { readonly host: string; readonly port: number };
  /** Port on 127.0.0.1 that only the proxy in the same pod can reach. */
  readonly port: number;
  /** Port for the kubelet's probes, which answers {@link healthPath} and nothing else. */
  readonly healthPort: number;
  /** How long a valid session is believed, and so how late a revoked one is noticed. */
  readonly life: Duration | "off";
}

/** Answers 200 while nginx runs. */
export const healthPath = "/health";

/** The URL the proxy asks. */
export function sessionCheckUrl(port: number): string {
  return `http://127.0.0.1:${port}${whoamiPath}`;
}

/** Command of the container: the log goes to stderr from the first line on, whatever the image was built with. */
export function nginxCommand(configFile: string): string[] {
  return ["nginx", "-e", "stderr", "-c", configFile];
}

/**
 * Builds the configuration of the nginx that answers the proxy's session checks. A check costs Kratos several database
 * queries, and every request to a protected service is one.
 *
 * - Kratos sees the session cookie and nothing else of the request, and the cookie's value is the cache key. So no
 *   second cookie, header, path or method can make one visitor's answer another's.
 * - Only a valid session is remembered; a refusal is asked anew each time.
 * - Anything but a clear answer closes the connection, which the proxy turns into 403. As an answer it would read as
 *   "not logged in", and send everyone to the login page while the database is down.
 * @see https://nginx.org/en/docs/http/ngx_http_proxy_module.html
 */
export function sessionCheckCache(input: SessionCheckInput): string {
  const { kratos, port, healthPort, life } = input;
  return `daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;

events {
  worker_connections 1024;
}

http {
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server_tokens off;

  # Kratos writes base64url; the first cookie of exactly this name that looks so is the session.
  map $http_cookie $session {
    "~(?:^|;\\s*)${sessionCookieName}=([A-Za-z0-9_=-]+)(?:;|$)" $1;
    default "";
  }

  # One audit line for each request let through; the proxy itself logs each one refused.
  map $status $granted {
    200 1;
    default 0;
  }
  log_format audit escape=json
    '{"time":"$time_iso8601","audit":"access granted","host":"$http_x_forwarded_host",'
    '"client":"$http_x_forwarded_for","identity":"$upstream_http_x_kratos_authenticated_identity_id",'
    '"cache":"$upstream_cache_status"}';
${life === "off" ? "" : cacheZone(life)}
  upstream kratos {
    server ${kratos.host}:${kratos.port};
    keepalive 16;
  }

  server {
    listen 127.0.0.1:${port};
    access_log /dev/stdout audit if=$granted;
    # A browser sends the cookies of the whole domain; the default of 8k would refuse some.
    large_client_header_buffers 4 64k;
    error_page 400 404 429 494 500 502 503 504 = @broken;

    location = ${whoamiPath} {
      if ($session = "") {
        return 401;
      }
      set $args "";
      proxy_pass http://kratos;
      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header Host ${kratos.host};
      proxy_set_header Accept application/json;
      proxy_set_header Cookie ${sessionCookieName}=$session;
      proxy_hide_header Set-Cookie;
      proxy_intercept_errors on;
      proxy_connect_timeout 2s;
      proxy_send_timeout 5s;
      proxy_read_timeout 5s;
${life === "off" ? "" : cacheUse(life)}    }

    location / {
      return 444;
    }

    location @broken {
      return 444;
    }
  }

  server {
    listen ${healthPort};
    access_log off;
    location = ${healthPath} {
      return 200;
    }
    location / {
      return 404;
    }
  }
}
`;
}

function cacheZone(life: Duration): string {
  return `
  proxy_cache_path /tmp/sessions levels=1 keys_zone=sessions:4m max_size=64m inactive=${life} use_temp_path=off;
`;
}

function cacheUse(life: Duration): string {
  return `
      proxy_cache sessions;
      proxy_cache_key $session;
      proxy_cache_valid 200 ${life};
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
      # A page's many requests make one check. Waiters look again only when their time is up, so it is short.
      proxy_cache_lock on;
      proxy_cache_lock_timeout 25ms;
`;
}
