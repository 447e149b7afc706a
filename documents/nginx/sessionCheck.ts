import { durationProblems, seconds, type Duration } from "../shared/duration";
import { whoamiPath } from "../kratos/config";
import { found, type Problem } from "../shared/problem";
import { nginxPorts } from "../rules/ports";
import { whoamiLocation, type KratosAddress } from "./whoami";

/** The URL that the proxy calls. */
export const sessionCheckUrl = `http://127.0.0.1:${nginxPorts.sessionCheck}${whoamiPath}`;

/** Once a minute is rare enough: a longer life would save almost no calls to Kratos, and only let leavers stay longer. */
const maxSessionLife: Duration = "60s";

/** Checks how long a valid session is trusted. */
export function sessionLifeProblems(path: string, life: Duration | "off"): Problem[] {
  if (life === "off") return [];
  const ofForm = durationProblems(path, life);
  if (ofForm.length > 0 || seconds(life) <= seconds(maxSessionLife)) return ofForm;
  return [
    {
      path,
      value: found(life),
      reason:
        "lets somebody whose session was revoked, or who has signed out, continue for longer than a minute",
      fix: `Write at most "${maxSessionLife}": the default, "5s", spares the identity server nearly as much.`,
    },
  ];
}

/**
 * The server that tells Oathkeeper whose session a request has.
 *
 * - Kratos sees nothing but the value of the session cookie.
 * - Anything but a clear answer closes the connection. A status would mean "not logged in", and would send everyone to the
 *   login page while the database is down.
 */
export function sessionCheckServer(kratos: KratosAddress): string {
  return `  server {
    listen 127.0.0.1:${nginxPorts.sessionCheck};
    access_log off;
    error_page 400 404 429 494 500 502 503 504 = @broken;

${whoamiLocation(kratos, withoutSession)}
    location @broken {
      return 444;
    }
    location / {
      return 444;
    }
  }
`;
}

const withoutSession = `      if ($session = "") {
        return 401;
      }
`;
