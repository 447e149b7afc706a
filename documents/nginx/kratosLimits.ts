import { loginPath, type BrowserAction } from "../kratos/browserEndpoints";
import { rateNames, type EffectiveSignInLimits } from "../kratos/signInLimits";

type Limits = Exclude<EffectiveSignInLimits, "off">;

/** Seconds after which a client may try again: even the slowest default rate lets it through then. */
const retryAfter = 30;

/**
 * What the limits need in the context `http`: `$action` is what a request does, `$client` who sends it, `$session_cookie` what
 * Kratos gets.
 */
export function limitContext(limits: EffectiveSignInLimits): string {
  if (limits === "off") return "";
  return `
${zones(limits)}
  map $status $retry_after {
    429 ${retryAfter};
    default "";
  }
`;
}

/** What the server's location needs. */
export function limitUse(limits: EffectiveSignInLimits): string {
  if (limits === "off") return "";
  return rateNames
    .map((name) => `      limit_req zone=${name} burst=${limits[name].burst} nodelay;\n`)
    .join("");
}

/** What the location of the pages adds. */
export function limitHeader(limits: EffectiveSignInLimits): string {
  return limits === "off" ? "" : "      add_header Retry-After $retry_after always;\n";
}

/** The zone of each rate, with a key that is empty for requests that it does not count. */
function zones(limits: Limits): string {
  const only = (action: BrowserAction, key: string) => `  map $action ${key} {
    ${action} $client;
    default "";
  }
`;
  const lines = rateNames.map(
    (name) =>
      `  limit_req_zone $${keys[name]} zone=${name}:${name === "total" ? "64k" : "4m"} rate=${limits[name].perMinute}r/m;`,
  );
  return `${only("start", `$${keys.starts}`)}${only("submit", `$${keys.submits}`)}${only("callback", `$${keys.callbacks}`)}${only("mail", `$${keys.mails}`)}  map $action $${keys.total} {
    "~^(?:start|submit|callback|mail)$" all;
    default "";
  }
  # A form of the login page with a session, without the end of its text, which can be spelled in more than one way.
  map $session_cookie $session {
    "~=(.+)....; $" $1;
    default "";
  }
  map "$action $uri $session" $${keys.secondStepsOfSession} {
    "~^submit ${loginPath} (.+)" $1;
    default "";
  }
  map $${keys.secondStepsOfSession} $${keys.secondSteps} {
    "" "";
    default $client;
  }
${lines.join("\n")}
  limit_req_status 429;
  limit_req_log_level info;
`;
}

const keys = {
  starts: "starting_client",
  submits: "submitting_client",
  callbacks: "returning_client",
  mails: "mailing_client",
  secondSteps: "second_step_client",
  secondStepsOfSession: "second_step_session",
  total: "everybody",
} as const;
