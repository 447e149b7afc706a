import { loginPath, type BrowserAction } from "../kratos/browserEndpoints";
import { rateNames, type EffectiveSignInLimits } from "../kratos/signInLimits";

type Limits = Exclude<EffectiveSignInLimits, "off">;

/** Seconds after which a client may try again, by which even the slowest default rate lets it. */
const retryAfter = 30;

/** What the limits need in the context `http`: `$action` is what a request does, `$session_cookie` what Kratos gets. */
export function limitContext(limits: EffectiveSignInLimits): string {
  if (limits === "off") return "";
  return `
${clientMap(limits.trustedHops)}
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

/** The variable of the address that Kratos keeps of a session. */
export function clientAddress(limits: EffectiveSignInLimits): string {
  return limits === "off" ? "$http_x_forwarded_for" : "$client_address";
}

/** Whoever is not an address is the one that connects: no text of a client's makes it another one. */
function clientMap(trustedHops: number): string {
  const group = "[0-9a-f]{1,4}";
  const hop =
    trustedHops === 0
      ? ""
      : `    "~(?:^|,)\\s*([^,\\s]+)\\s*(?:,[^,]*){${trustedHops - 1}}$" $1;
`;
  return `  map $http_x_forwarded_for $client_address {
${hop}    default $remote_addr;
  }
  # An IPv4 address without its port, or the network of an IPv6 one, as RFC 5952 writes it: zeros of the network are spelled out
  # only where there is a longer run of them behind it.
  map $client_address $client {
    "~^(?:::ffff:)?(\\d+\\.\\d+\\.\\d+\\.\\d+)(?::\\d+)?$" $1;
    "~*^\\[?(${group}(?::${group})??):0:0:" "$1::";
    "~*^\\[?(${group}(?::${group}){2}):0:" "$1::";
    "~*^\\[?(${group}(?::${group}){3}):" $1;
    "~*^\\[?([0-9a-f:]*?)::" "$1::";
    default $remote_addr;
  }
`;
}

/** What each rate counts: by variables that are empty for a request it does not count. */
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
  return `${only("start", `$${keys.starts}`)}${only("submit", `$${keys.submits}`)}${only("callback", `$${keys.callbacks}`)}  map $action $${keys.total} {
    "~^(?:start|submit|callback)$" all;
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
  secondSteps: "second_step_client",
  secondStepsOfSession: "second_step_session",
  total: "everybody",
} as const;
