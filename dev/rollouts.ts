import { eventually } from "../cli/shared/eventually";
import { Failure } from "../cli/shared/failure";
import { selectorOf } from "../cli/shared/pods";
import { allPods } from "../components/shared/labels";
import { kubectl, type KubectlTarget } from "./kubectl";

/** Waits until no pod of a namespace is terminating: until then it may still get requests. */
export async function nobodyLeaves(cluster: KubectlTarget, namespace: string): Promise<void> {
  await eventually(async () => {
    const leaving = await kubectl(cluster, [
      ...["get", "pods", "--namespace", namespace, "--output"],
      "jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}",
    ]);
    if (leaving !== "") throw new Failure(`still there in ${namespace}: ${leaving}`);
  });
}

/** Waits until the ingress controller has processed every Ingress of a namespace: it writes an address into each. */
export async function ingressesSeen(cluster: KubectlTarget, namespace: string): Promise<void> {
  await eventually(async () => {
    const hosts = await kubectl(cluster, [
      ...["get", "ingresses", "--namespace", namespace, "--output"],
      `jsonpath={range .items[*]}{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}{" "}{.metadata.name}{"\\n"}{end}`,
    ]);
    const unseen = hosts.split("\n").filter((line) => line.startsWith(" "));
    if (unseen.length > 0) throw new Failure(`the ingress controller has not seen${unseen.join()}`);
  });
}

/**
 * Waits for a gateway's Deployments where `pulumi up` has not: the Kubernetes provider sometimes considers an updated one
 * ready before its controller has looked at it.
 *
 * @throws {CommandError} if one is not ready within five minutes
 */
export async function rolledOut(cluster: KubectlTarget, namespace: string): Promise<void> {
  const status = (...options: string[]) =>
    kubectl(cluster, [
      ...["rollout", "status", "deployment", "--selector", selectorOf(allPods)],
      ...["--namespace", namespace, ...options],
    ]);
  const lines = (await status("--watch=false")).trim().split("\n");
  if (lines.every((line) => line.endsWith("successfully rolled out"))) return;
  await status("--timeout=300s");
  await nobodyLeaves(cluster, namespace);
}
