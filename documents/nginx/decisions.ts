import { seconds, type Duration } from "../shared/duration";
import { whoamiPath } from "../kratos/config";
import { oathkeeperPorts } from "../oathkeeper/config";
import { tokenLifeLeft } from "../oathkeeper/signedIdentity";
import { noAnswerPages } from "./answers";
import { answerVariable, decisionHeaders } from "../rules/decisionHeaders";
import { kratosLocation, whoamiLocation, type KratosAddress } from "./whoami";

const socket = "unix:/tmp/decide.socket";
/** Where decisions are remembered. */
export const decisionsFolder = "/tmp/decisions";

/** The file of the socket, which remains after an nginx was killed. */
export const decisionSocket = socket.slice("unix:".length);

/** Longest path, session and token together with which a decision is remembered. */
const maxRemembered = 3000;

/** How long an expired decision is still used while nothing can decide. */
const outageSeconds = 60;

/**
 * `Cache-Control` of a yes. nginx counts in whole seconds, and keeps an entry a second longer than configured.
 *
 * @param longest seconds after which it is used no more, whatever the outage
 */
function remembering(life: Duration, longest = Infinity): string {
  const fresh = Math.max(1, Math.min(seconds(life) - 1, longest / 2));
  return `"max-age=${fresh}, stale-if-error=${Math.min(outageSeconds, longest - fresh - 1)}"`;
}

/** A signed identity is remembered no longer than it is valid, and the request has to reach the upstream. */
const longestSigned = tokenLifeLeft - 2;

function rememberedMap(life: Duration): string {
  return `  # With a signed identity, a decision is remembered no longer than the token in it is valid.
  map ${answerVariable("Authorization")} $remembered {
    "" ${remembering(life)};
    default ${remembering(life, longestSigned)};
  }
`;
}

/** The path at which Kratos says whether it can answer questions about sessions. */
const kratosReadyPath = "/health/ready";

/** The path at which Oathkeeper gets the same request once more. */
const secondQuestionPath = "/decisions/again";

/** What {@link decisionServer} and {@link decisionLocation} need in the context `http`. */
export function decisionContext(life: Duration | "off"): string {
  return `  upstream oathkeeper {
    server 127.0.0.1:${oathkeeperPorts.api};
    keepalive 32;
  }

  upstream decide {
    server ${socket};
    keepalive 32;
  }

  # Whoever brings a token may be refused for that, whatever his session is.
  map $http_authorization $no_decision {
    "" ill;
    default unauthorized;
  }
${life === "off" ? "" : rememberedMap(life)}  # Decisions say who somebody is: they stay in memory, and without room for another one, every request would fail. A full zone
  # drops the oldest at once, a size nginx looks at every ten seconds only: 1 MB are 8,192 keys, and with 8 kB a file 64 MB.
  proxy_cache_path ${decisionsFolder} levels=1 keys_zone=decisions:1m inactive=${
    life === "off" ? "10s" : `${seconds(life) + outageSeconds}s`
  } use_temp_path=off;
`;
}

/**
 * The server that calls Oathkeeper, and checks again before it refuses a request: an answer that failed for another reason
 * than the session must not mean "please log in".
 *
 * - Only a yes may be remembered, for the life of a decision. A no that follows it replaces it, and is checked each time:
 *   otherwise the yes would remain in use while nothing can decide.
 * - A refused request with a session is checked once more: a Kratos without its database answers 401 to everybody, so only
 *   the 401 of a healthy Kratos counts. After it has reported that it is healthy, it is called twice more, because its
 *   database may have come back since the answer before. For the same reason Oathkeeper is called again before a visitor
 *   whom Kratos knows is refused.
 * - Without a clear answer the connection is closed: only that, not a 503, lets the other side use what it remembers.
 * @see https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_use_stale
 */
export function decisionServer(kratos: KratosAddress, life: Duration | "off"): string {
  const remembered = life === "off" ? "" : "      add_header Cache-Control $remembered;\n";
  const past = life === "off" ? "" : "      add_header X-Accel-Expires @1 always;\n";
  const reason = (text: string, status: number) => `      add_header ${decisionHeaders.reason} ${text} always;
${past}      return ${status} "";
`;
  return `  server {
    listen ${socket};
    access_log off;
    recursive_error_pages on;

    location = /decisions {
${askOathkeeper}      proxy_hide_header Cache-Control;
      proxy_hide_header Set-Cookie;
${remembered}      proxy_intercept_errors on;
      error_page 400 401 = @unknown_visitor;
      error_page 403 = @refused_visitor;
      error_page 404 = @no_rule;
      error_page 500 = @failed;
      error_page 502 503 504 = @ill;
    }

${questions.map(questionLocation).join("\n")}
    location @unauthorized {
${reason("unauthorized", 401)}    }
    location @forbidden {
${reason("forbidden", 403)}    }
    location @no_rule {
${reason("no-rule", 403)}    }
    # Two rules match, or what they say cannot be done.
    location @failed {
${reason("failed", 403)}    }
    location @ill {
      return 444;
    }

    location = ${secondQuestionPath} {
      internal;
${askOathkeeper}      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }

${whoamiLocation(kratos, "      internal;\n")}
${kratosLocation(kratos, kratosReadyPath, "", illRemembered)}
    location / {
      return 404;
    }
  }
`;
}

const askOathkeeper = `      proxy_pass http://oathkeeper/decisions;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Accept application/json;
      proxy_connect_timeout 1s;
      proxy_read_timeout 8s;
      # A token's claims are in the answer.
      proxy_buffer_size 64k;
      proxy_buffers 4 64k;
      proxy_busy_buffers_size 128k;
`;

/** A check before a request is refused, and where each answer leads; any other answer is unclear. */
interface VisitorQuestion {
  readonly location: string;
  /** The path of the check. */
  readonly path: string;
  /** Where a request without a session goes without the check. */
  readonly withoutSession?: string;
  readonly yes: string;
  readonly unauthorized: string;
  readonly forbidden: string;
}

const questions: readonly VisitorQuestion[] = [
  {
    location: "@unknown_visitor",
    path: whoamiPath,
    withoutSession: "@unauthorized",
    yes: "@$no_decision",
    unauthorized: "@is_kratos_well",
    forbidden: "@unauthorized",
  },
  {
    location: "@refused_visitor",
    path: whoamiPath,
    withoutSession: "@forbidden",
    yes: "@known_visitor",
    unauthorized: "@is_kratos_well",
    forbidden: "@forbidden",
  },
  // Oathkeeper also refuses visitors whom it could not look up: what counts is its answer while Kratos answers.
  {
    location: "@known_visitor",
    path: secondQuestionPath,
    yes: "@ill",
    unauthorized: "@is_kratos_well",
    forbidden: "@forbidden",
  },
  {
    location: "@is_kratos_well",
    path: kratosReadyPath,
    yes: "@well_kratos",
    unauthorized: "@ill",
    forbidden: "@ill",
  },
  {
    location: "@well_kratos",
    path: whoamiPath,
    yes: "@ill",
    unauthorized: "@still_unknown",
    forbidden: "@unauthorized",
  },
  // Each connection that the database has closed fails once, with 401, even if other connections of a healthy Kratos work.
  {
    location: "@still_unknown",
    path: whoamiPath,
    yes: "@ill",
    unauthorized: "@unauthorized",
    forbidden: "@unauthorized",
  },
];

function questionLocation({
  location,
  path,
  withoutSession,
  yes,
  unauthorized,
  forbidden,
}: VisitorQuestion): string {
  const unasked =
    withoutSession === undefined
      ? ""
      : `      if ($session = "") {
        return 418;
      }
      error_page 418 = ${withoutSession};
`;
  return `    location ${location} {
${unasked}      auth_request ${path};
      error_page 401 = ${unauthorized};
      error_page 403 = ${forbidden};
      error_page 500 = @ill;
      try_files /nothing ${yes};
    }
`;
}

/** A Kratos without its database takes two seconds to report that. */
const illRemembered = `      internal;
      proxy_cache decisions;
      proxy_cache_key ill;
      proxy_cache_valid 503 2s;
      proxy_cache_lock on;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
`;

/** Which of Oathkeeper's answers {@link decisionLocation} remembers; it knows the rules in force. */
export const rememberedContext = `# A yes by a rule that Oathkeeper should no longer have is not remembered, and a no only in the place of a yes.
map "$former_rule $upstream_cache_status ${answerVariable(decisionHeaders.reason)}" $not_remembered {
  default 1;
  "~^ " "";
  "~^1 EXPIRED \\S" "";
}
# The key is in the file, and a client chooses how long these are. A token's claims are about as long again.
map "$keyed_path$session$http_authorization" $is_too_long {
  "~^.{${maxRemembered + 1}}" 1;
  default "";
}
`;

/** The path of {@link decisionLocation}, under a prefix that no upstream gets. */
export const decisionPath = "/.portcullis/decision";
const unrememberedPath = "/.portcullis/unremembered-decision";

/**
 * The location that the forwarding server calls before it forwards. The cache key has everything that a decision depends
 * on: the version of the rules, method, scheme, host, session and token, and the path if a rule of the host depends on
 * paths. Oathkeeper gets nothing else of the request.
 */
export function decisionLocation(life: Duration | "off"): string {
  const cache = `    proxy_cache decisions;
    proxy_cache_key "$rules_version $request_method $proto $asked_host $keyed_path $session $http_authorization";
    proxy_cache_bypass $is_too_long;
    proxy_no_cache $is_too_long $not_remembered;
    proxy_ignore_headers Expires Set-Cookie Vary X-Accel-Redirect;
    # A page's many requests make one question. Waiters look again only when their time is up, so it is short.
    proxy_cache_lock on;
    proxy_cache_lock_timeout 25ms;
    # Where the memory for keys is full: this location asks nobody then.
    error_page 500 = ${unrememberedPath};
  }
  location = ${unrememberedPath} {
    internal;
    ${noAnswerPages}
${askDecision}`;
  return `  location = ${decisionPath} {
    internal;
    ${noAnswerPages}
    if ($public) {
      return 204;
    }
${askDecision}${life === "off" ? "" : cache}  }
`;
}

const askDecision = `    proxy_pass http://decide/decisions;
    proxy_method GET;
    proxy_http_version 1.1;
    proxy_buffering on;
    proxy_pass_request_headers off;
    proxy_pass_request_body off;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_set_header Cookie $session_cookie;
    proxy_set_header Authorization $http_authorization;
    proxy_set_header X-Forwarded-Method $request_method;
    proxy_set_header X-Forwarded-Proto $proto;
    # In upper case it is no host of a rule, also not of one with a wildcard.
    proxy_set_header X-Forwarded-Host $asked_host;
    # No rule is about the query, which Oathkeeper would write into its log where it fails.
    proxy_set_header X-Forwarded-Uri $request_path;
    proxy_set_header Traceparent $trace_parent;
    proxy_connect_timeout 1s;
    proxy_read_timeout 20s;
`;
