import { connect, kubernetesClient, refusalOf, type Cluster, type Manifest } from "../shared/cluster";
import type { Probe } from "./isolation";
import type { Expectation } from "./table";
import type { Target } from "./target";

/** The field manager in requests to the API server. */
const FIELD_MANAGER = "portcullis";

/** What the API server refuses from another namespace, whoever runs this. Nothing is created. */
export function admissionExpectations(
  cluster: Cluster,
  { namespace }: Pick<Probe, "namespace">,
  target: Pick<Target, "service">,
): Expectation[] {
  const attempt = (what: string, expected: "refused" | "admitted", host: string): Expectation => ({
    when: `an Ingress of another namespace for ${what}`,
    expected,
    find: () => verdict(cluster, ingress(namespace, host)),
  });
  return [
    attempt("a foreign host (so that it can be seen to be able to)", "admitted", "shop.example.org"),
    attempt("a protected host", "refused", new URL(target.service).hostname),
  ];
}

async function verdict(cluster: Cluster, object: Manifest): Promise<string> {
  const { objects } = await connect(cluster);
  const { PatchStrategy } = await kubernetesClient();
  try {
    await objects.patch(object, undefined, "All", FIELD_MANAGER, false, PatchStrategy.ServerSideApply);
    return "admitted";
  } catch (error) {
    const { message } = refusalOf(error);
    return message.includes("ValidatingAdmissionPolicy") ? "refused" : message;
  }
}

function ingress(namespace: string, host: string): Manifest {
  const backend = { service: { name: "app", port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "probe", namespace },
    // A path that nobody requests, in case this were ever more than a dry run.
    spec: { rules: [{ host, http: { paths: [{ path: "/portcullis-probe", pathType: "Exact", backend }] } }] },
  };
}
