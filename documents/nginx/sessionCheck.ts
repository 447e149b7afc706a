import { durationProblems, seconds, type Duration } from "../shared/duration";
import { whoamiPath } from "../kratos/config";
import { found, type Problem } from "../shared/problem";
import { nginxPorts } from "../rules/ports";
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

/**
 * The server that answers Oathkeeper's question whose a session is.
 *
 * - The session cookie's value is all that Kratos sees.
 * - Anything but a clear answer closes the connection. As an answer it would read as "not logged in", and send everyone to
 *   the login page while the database is down.
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
