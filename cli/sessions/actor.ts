import { connect, kubernetesClient, refusalOf, type Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";

/**
 * The user who runs the command, as known to the cluster's API server.
 *
 * @throws {Failure} when it does not say
 */
export async function actorOf(cluster: Cluster): Promise<string> {
  const { AuthenticationV1Api, V1SelfSubjectReview } = await kubernetesClient();
  const { config } = await connect(cluster);
  const body = Object.assign(new V1SelfSubjectReview(), {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  const { status } = await config
    .makeApiClient(AuthenticationV1Api)
    .createSelfSubjectReview({ body })
    .catch((error: unknown) => {
      throw new Failure(`The cluster does not say who you are: ${refusalOf(error).message}`);
    });
  return status?.userInfo?.username ?? "";
}

/** Headers that every change sends: Kratos writes the headers of a request into its log. */
export function auditHeaders(actor: string, action: string): Readonly<Record<string, string>> {
  return { "x-portcullis-actor": headerText(actor), "x-portcullis-action": headerText(action) };
}

/** A header may only have printable ASCII characters. */
function headerText(text: string): string {
  return text.replace(/[^ -~]/g, encodeURIComponent);
}
