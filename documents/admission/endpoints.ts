import { list } from "./cel";
import { ownsHosts } from "./hosts";
import { admissionPolicy, changes, type AdmissionPolicySpec, type Validation } from "./policy";

/** The writer of a Service's endpoints for the pods that it selects: the controller manager, under one name or several. */
const controllers = [
  "system:kube-controller-manager",
  "system:serviceaccount:kube-system:endpoint-controller",
  "system:serviceaccount:kube-system:endpointslice-controller",
  "system:serviceaccount:kube-system:endpointslicemirroring-controller",
];

/**
 * Who may write Endpoints and EndpointSlices in namespaces that own hosts: only Kubernetes' own controllers. Endpoints that
 * are written by hand lead the Rule's upstream to any address, even if the Service has a selector.
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
export function endpointAdmission({ namespace }: { readonly namespace: string }): AdmissionPolicySpec {
  return admissionPolicy({
    namespace,
    resources: { "": ["endpoints"], "discovery.k8s.io": ["endpointslices"] },
    conditions: {
      "not-a-controller": `!(request.userInfo.username in ${list(controllers)})`,
      changed: changes("subsets", "endpoints", "ports", "addressType", "metadata.?labels"),
    },
    variables: { ownsHosts },
    elsewhere: [writtenByControllers()],
  });
}

function writtenByControllers(): Validation {
  return {
    expression: "!variables.ownsHosts",
    message:
      "In a namespace that owns hosts, only Kubernetes' controllers may write Endpoints and EndpointSlices.",
  };
}
