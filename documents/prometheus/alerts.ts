import {
  freeShareOfVolumes,
  grows,
  proxyRequests,
  rate,
  refusedWrites,
  series,
  signInStarts,
  upstreamTimes,
  type Job,
  type Scope,
} from "./scope";

/**
 * An alert as Prometheus and vmalert read it. It names its namespace: a sum or an absent series has no labels, and the
 * routes of an AlertmanagerConfig match only alerts of their own namespace.
 */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning"; readonly namespace: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** A bucket of up to ten seconds: Prometheus 3 writes such a bound as a floating point number, others keep it as exposed. */
const tenSeconds = 'le=~"10([.]0)?"';

/** The alerts of a gateway; docs/monitoring.md describes what to do about each. */
export function alerts(scope: Scope): readonly Alert[] {
  return [...outageAlerts(scope), ...resourceAlerts(scope), ...ruleAlerts(scope), ...requestAlerts(scope)];
}

/** Nobody, or not everybody, can use a protected service. */
function outageAlerts(scope: Scope): Alert[] {
  const critical = ofSeverity("critical", scope);
  return [
    critical(
      "PortcullisProxyDown",
      `${isGone(scope, "proxy")} or max(${series(scope, "portcullis_oathkeeper_up", "proxy")}) == 0`,
      "2m",
      {
        summary: "No pod of the proxy answers, or none can decide on requests",
        description: "Every protected service is unreachable.",
      },
    ),
    critical("PortcullisIdentityServerDown", isGone(scope, "identity-server"), "2m", {
      summary: "No pod of the identity server answers",
      description: "Nobody can sign in, and after a minute nobody can be let in either.",
    }),
    critical(
      "PortcullisDatabaseUnreachable",
      grows(
        series(scope, "http_requests_total", "identity-server", 'endpoint="/health/ready"', 'code="503"'),
      ),
      "3m",
      {
        summary: "The identity server cannot use its database",
        description: "Its readiness check fails: the database does not answer, or lacks a migration.",
      },
    ),
    critical(
      "PortcullisSessionCheckErrors",
      // Kratos itself answers 401 when its database fails.
      grows(series(scope, ...proxyRequests, 'reason="unavailable"')),
      "5m",
      {
        summary: "The proxy cannot find out who sends a request",
        description: "Some people who are signed in, or programs with a token, get 503.",
      },
    ),
  ];
}

/** What runs out, or may. */
function resourceAlerts(scope: Scope): Alert[] {
  const critical = ofSeverity("critical", scope);
  const warning = ofSeverity("warning", scope);
  return [
    critical("PortcullisVolumeAlmostFull", `${freeShareOfVolumes(scope)} < 0.1`, "5m", {
      summary: "A volume of the gateway is almost full",
      description: "If it is the database's, nobody can sign in once it is full.",
    }),
    warning("PortcullisVolumeFilling", `${freeShareOfVolumes(scope)} < 0.25`, "5m", {
      summary: "A volume of the gateway is three quarters full",
      description:
        "The database grows with identities, backups, or a flood of sign-ins that nobody completes.",
    }),
    warning("PortcullisSignInFlood", `${rate(series(scope, ...signInStarts))} > 20`, "10m", {
      summary: "More than 20 sign-ins a second begin",
      description:
        "Each one writes a row into the database. People do not begin that many; a client without cookies does.",
    }),
  ];
}

/** Rules that are not in force. */
function ruleAlerts(scope: Scope): Alert[] {
  const warning = ofSeverity("warning", scope);
  return [
    warning("PortcullisRulesOutdated", isGone(scope, "rules"), "5m", {
      summary: "The rule operator does not answer",
      description:
        "The proxies keep their last rules: Rules that are added or changed have no effect, and if its whole pod is down, nor do deletions.",
    }),
    // The operator's error count includes neither an invalid Rule nor a status that it may not write. It retries those after
    // at most 17 minutes.
    warning(
      "PortcullisRulesNotWritten",
      `max(${series(scope, "portcullis_rules_not_written", "rules")}) > 0 or sum(increase(${series(scope, ...refusedWrites)}[20m])) > 0`,
      "5m",
      {
        summary: "The rule operator has not applied a Rule, or not its last change",
        description: "The Rule is invalid, or the operator may not write to it. Its log names the Rule.",
      },
    ),
    warning("PortcullisRulesLeftOut", `${series(scope, "portcullis_rules_left_out", "proxy")} > 0`, "5m", {
      summary: "The proxies leave out a Rule",
      description: "Its hosts are answered 404. The log of nginx in a proxy pod says why.",
    }),
    warning(
      "PortcullisRulesBehind",
      `${series(scope, "portcullis_rules_behind_seconds", "proxy")} > 60`,
      "2m",
      {
        summary: "A proxy does not apply new Rules",
        description:
          "Rules that are added, changed or deleted have no effect there. The log of its nginx says why.",
      },
    ),
    warning(
      "PortcullisRulesNotFetched",
      // Without changes there is an answer every ten seconds.
      `${series(scope, "portcullis_rules_answer_age_seconds", "proxy")} > 120`,
      "2m",
      {
        summary: "A proxy cannot fetch the Rules",
        description:
          "Rules that are added, changed or deleted have no effect there, and a new pod gets no requests. The log of its fetch-rules says why.",
      },
    ),
  ];
}

/** How requests end. */
function requestAlerts(scope: Scope): Alert[] {
  const warning = ofSeverity("warning", scope);
  const requests = (...matchers: string[]) => rate(series(scope, ...proxyRequests, ...matchers));
  const shareOf = (matcher: string) => `${requests(matcher)} / ${requests()}`;
  const letIn = (...matchers: string[]) =>
    rate(series(scope, ...proxyRequests, 'decision="allowed"', ...matchers), "rule");
  const answersOf = (part: string, ...matchers: string[]) =>
    rate(series(scope, `${upstreamTimes}_${part}`, "proxy", ...matchers), "rule");
  return [
    warning("PortcullisMostRequestsUnmatched", `${shareOf('status_code="404"')} > 0.5`, "10m", {
      summary: "Most requests end in 404",
      description: "Rules may be missing: the proxy answers 404 if none matches.",
    }),
    warning("PortcullisProxyErrors", `${shareOf('status_code=~"5..|0"')} > 0.05`, "10m", {
      summary: "More than one request in twenty fails",
      description:
        "An upstream is down, two Rules match one URL, or the proxy itself fails. The labels rule and reason of portcullis_requests_total say where, and so does the audit log.",
    }),
    warning("PortcullisServiceFailing", `${letIn('status_code=~"5.."')} / ${letIn()} > 0.5`, "10m", {
      summary: "Most requests for a service fail",
      description:
        "More than half of the requests that the gateway forwards end in 5xx: the service is down, or cannot be reached. The label rule names the service.",
    }),
    warning(
      "PortcullisServiceSlow",
      `1 - ${answersOf("bucket", tenSeconds)} / ${answersOf("count")} > 0.05`,
      "10m",
      {
        summary: "A service is slow",
        description:
          "More than one in twenty of its answers began after 10 s. The label rule names the service.",
      },
    ),
    warning(
      "PortcullisRequestsUncounted",
      grows(series(scope, "portcullis_requests_uncounted_total", "proxy")),
      "5m",
      {
        summary: "The proxies do not count all requests",
        description:
          "The memory of their counters is full. Alerts based on requests may not fire, including that of session checks.",
      },
    ),
  ];
}

function isGone(scope: Scope, job: Job): string {
  return `absent(${series(scope, "up", job)} == 1)`;
}

/** Makes alerts of one severity. */
function ofSeverity(severity: Alert["labels"]["severity"], { namespace }: Scope) {
  return (alert: string, expr: string, duration: string, annotations: Alert["annotations"]): Alert => ({
    alert,
    expr,
    for: duration,
    labels: { severity, namespace },
    annotations,
  });
}
