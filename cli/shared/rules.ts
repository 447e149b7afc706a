import type { KubernetesObject } from "@kubernetes/client-node";
import { ruleApiVersion } from "../../documents/oathkeeper/ruleSpec";
import type { AnyRule } from "../../policy/lib/rules";
import { connect, isNotFound, refusalOf, type Cluster } from "./cluster";
import { Failure } from "./failure";

const [group = "", version = ""] = ruleApiVersion.split("/");

/** A Rule in a cluster; its author may have left out anything. */
export interface ClusterRule extends KubernetesObject {
  readonly spec?: AnyRule;
}

/** Every Rule in a cluster; none if the cluster does not have this kind. */
export async function allRules(cluster: Cluster): Promise<readonly ClusterRule[]> {
  const { custom } = await connect(cluster);
  try {
    const list: unknown = await custom.listClusterCustomObject({ group, version, plural: "rules" });
    return (list as { readonly items: readonly ClusterRule[] }).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw new Failure(`The Rules of the cluster cannot be listed: ${refusalOf(error).message}`);
  }
}
