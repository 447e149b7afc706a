import { hostsAnnotation, ownsHost } from "../../documents/admission/hosts";
import { parseMatchPattern } from "../../documents/oathkeeper/matchPattern";
import { found, type Problem } from "../../documents/shared/problem";
import { isA, namespaceOf } from "../lib/objects";
import { stackPolicy } from "../lib/policy";
import { isSentinel, ruleOf } from "../lib/rules";
import { matchesAny } from "../lib/text";
import { ifKnown, ofEach } from "../lib/unknown";

/** Reports for a stack that creates a namespace what the API server reports for every Rule. */
export const namespaceOwnsHosts = stackPolicy<{ gatewayNamespaces: readonly string[] }>({
  name: "namespace-owns-hosts",
  description: "A Rule claims only hosts that its namespace owns.",
  level: "mandatory",
  severity: "high",
  why: "Where two Rules claim a host, the proxy answers 500; and the other team's visitors end up here.",
  remediationSteps: `Add the host to the annotation ${hostsAnnotation} of the namespace, or use a host that is there.`,
  url: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
  options: {
    gatewayNamespaces: {
      type: "array",
      items: { type: "string" },
      description: "Namespaces whose Rules may claim any host, `*` standing for anything.",
      default: ["portcullis"],
    },
  },
  *check(object, made, { gatewayNamespaces }): Generator<Problem> {
    const rule = ruleOf(object);
    const name = namespaceOf(object);
    if (!rule || matchesAny(name, gatewayNamespaces)) return;
    // A stack that creates the gateway has the sentinel in its namespace, whatever that namespace is called.
    if (made.some((one) => ifKnown(() => isSentinel(one) && namespaceOf(one) === name))) return;
    const namespace = made.find(
      (one) => isA(one, "", "Namespace") && ifKnown(() => one.metadata.name) === name,
    );
    if (!namespace) return;
    const owned = namespace.metadata.annotations?.[hostsAnnotation] ?? "";
    const hosts = parseMatchPattern(rule.match?.url ?? "")?.hosts ?? [];
    yield* ofEach(hosts, function* ({ host }) {
      if (ownsHost(owned, host)) return;
      yield {
        path: "spec.match.url",
        value: found(host),
        reason: `is a host that the namespace ${name} does not own`,
        fix: `Add it to the annotation ${hostsAnnotation} of the namespace, or use a host that is there.`,
      };
    });
  },
});
