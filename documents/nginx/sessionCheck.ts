import { durationProblems, seconds, type Duration } from "../shared/duration";
import { whoamiPath } from "../kratos/config";
import { found, type Problem } from "../shared/problem";
import { authorizeContext, authorizeLocation } from "./authorize";
import { nginxPorts } from "./ports";
import { publicPathsContext, publicPathsFirst } from "./publicPaths";
import { whoamiLocation, type KratosAddress } from "./whoami";

/** The URL the proxy asks. */
export const sessionCheckUrl = `http://127.0.0.1:${nginxPorts.sessionCheck}${whoamiPath}`;

/** One that asks Kratos only once a minute saves next to nothing more: a longer life would only let leavers stay. */
const maxSessionLife: Duration = "60s";

/** Checks how long a valid session is believed. */
export function sessionLifeProblems(path: string, life: Duration | "off"): Problem[] {
  if (life === "off") return [];
  const ofForm = durationProblems(path, life);
  if (ofForm.length > 0 || seconds(life) <= seconds(maxSessionLife)) return ofForm;
  return [
    {
      path,
      value: found(life),
      reason:
        "lets somebody whose session was revoked, or who has signed out, go on for longer than a minute",
      fix: `Write at most "${maxSessionLife}": the default, "5s", spares the identity server nearly as much.`,
    },
  ];
}

/** What {@link sessionCheckServers} needs in the context `http`. */
export function sessionCheckContext(life: Duration | "off"): string {
  return `  # One audit line for each request let through; the proxy itself logs each one refused.
  map $status $granted {
    200 1;
    default 0;
  }
  log_format audit escape=json
    '{"time":"$time_iso8601","audit":"access granted","host":"$http_x_forwarded_host",'
    '"client":"$http_x_forwarded_for","identity":"$upstream_http_x_kratos_authenticated_identity_id",'
    '"cache":"$upstream_cache_status"}';
${life === "off" ? "" : cacheZone(life)}
${authorizeContext}
${publicPathsContext}`;
}

/**
 * The servers that answer the proxy's session checks; one of them knows public paths. A check costs Kratos several
 * database queries, and every request to a protected service is one.
 *
 * - The session cookie's value is all that Kratos sees, and the cache key.
 * - Only a valid session is remembered; a refusal is asked anew each time.
 * - Anything but a clear answer closes the connection, which the proxy turns into 403. As an answer it would read as
 *   "not logged in", and send everyone to the login page while the database is down.
 */
export function sessionCheckServers(kratos: KratosAddress, life: Duration | "off"): string {
  return `  server {
    listen 127.0.0.1:${nginxPorts.sessionCheck};
${sessionCheck(kratos, life)}
${authorizeLocation}
    location / {
      return 444;
    }
  }

  server {
    listen 127.0.0.1:${nginxPorts.publicPaths};
${sessionCheck(kratos, life)}
${publicPathsFirst(whoamiPath)}  }
`;
}

function sessionCheck(kratos: KratosAddress, life: Duration | "off"): string {
  return `    # A write for each line would be a tenth of what a check costs.
    access_log /dev/stdout audit if=$granted buffer=64k flush=1s;
    error_page 400 404 429 494 500 502 503 504 = @broken;

${whoamiLocation(kratos, `${withoutSession}${life === "off" ? "" : cacheUse(life)}`)}
    location @broken {
      return 444;
    }
`;
}

const withoutSession = `      if ($session = "") {
        return 401;
      }
`;

function cacheZone(life: Duration): string {
  return `
  proxy_cache_path /tmp/sessions levels=1 keys_zone=sessions:4m max_size=64m inactive=${life} use_temp_path=off;
`;
}

function cacheUse(life: Duration): string {
  return `      proxy_cache sessions;
      proxy_cache_key $session;
      proxy_cache_valid 200 ${life};
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
      # A page's many requests make one check. Waiters look again only when their time is up, so it is short.
      proxy_cache_lock on;
      proxy_cache_lock_timeout 25ms;
`;
}
