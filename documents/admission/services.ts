import { annotatedPolicy } from "./annotatedPolicy";
import { ownsHosts } from "./hosts";
import { noOwnLanguage } from "./ownLanguage";
import { spec, type AdmissionPolicySpec, type Validation } from "./policy";

/**
 * Which Services the API server accepts. In namespaces that own hosts, a Rule's upstream must be a Service of its own
 * namespace. This would mean nothing if that Service could lead to any other address.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export function serviceAdmission({ namespace }: { readonly namespace: string }): AdmissionPolicySpec {
  return annotatedPolicy({
    namespace,
    resources: { "": ["services"] },
    variables: { ownsHosts },
    ofSpec: [noExternalAddresses(), ...[noExternalName(), hasSelector()].map(ofHostOwner)],
    ofAnnotations: [noOwnLanguage()],
  });
}

/**
 * Nodes send traffic for such an address to this Service, no matter who owns the address (CVE-2020-8554). Existing
 * addresses may stay, as with Kubernetes' own plugin DenyServiceExternalIPs.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips
 */
function noExternalAddresses(): Validation {
  return {
    expression: `${spec}.?externalIPs.orValue([]).all(ip, oldObject != null && ip in dyn(oldObject).spec.?externalIPs.orValue([]))`,
    message: "externalIPs get traffic meant for other addresses, such as those that visitors use.",
  };
}

function noExternalName(): Validation {
  return {
    expression: `${spec}.?type.orValue('ClusterIP') != 'ExternalName'`,
    message:
      "A namespace that owns hosts may not have a Service of type ExternalName: the proxy would lead to it.",
  };
}

/** Such a Service leads wherever its EndpointSlices point. */
function hasSelector(): Validation {
  return {
    expression: `size(${spec}.?selector.orValue({})) > 0`,
    message: "A namespace that owns hosts may not have a Service without a selector.",
  };
}

function ofHostOwner({ expression, ...rest }: Validation): Validation {
  return { expression: `!variables.ownsHosts || ${expression}`, ...rest };
}
