import { connect, kubernetesClient, type Cluster } from "../shared/cluster";

/** Who runs the command, as the cluster's API server knows him. */
export async function actorOf(cluster: Cluster): Promise<string> {
  const { AuthenticationV1Api, V1SelfSubjectReview } = await kubernetesClient();
  const { config } = await connect(cluster);
  const body = Object.assign(new V1SelfSubjectReview(), {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  const { status } = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body });
  return status?.userInfo?.username ?? "";
}

/** What every change says of itself: Kratos writes the headers of a request into its log. */
export function auditHeaders(actor: string, action: string): Readonly<Record<string, string>> {
  return { "x-portcullis-actor": headerText(actor), "x-portcullis-action": headerText(action) };
}

/** A header takes printable ASCII. */
function headerText(text: string): string {
  return text.replace(/[^ -~]/g, encodeURIComponent);
}
