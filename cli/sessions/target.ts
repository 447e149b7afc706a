import type { Cluster } from "../shared/cluster";
import { namedCluster } from "../shared/kubeconfig";
import { stackOutputs, type OutputsSource } from "../shared/outputs";
import { actorOf, auditHeaders } from "./actor";
import type { AdminApi } from "./adminApi";
import { gatewayOf, peopleOf, type Admissions, type Person } from "./person";

/** A gateway, as the command line names it. */
export interface SessionsTarget extends OutputsSource, Cluster {
  /** Skips the confirmation. @default false */
  readonly yes?: boolean | undefined;
}

/**
 * Runs `use` with all people whom a gateway knows, after the user has confirmed the cluster.
 * @param action what is changed, for Kratos' log; undefined if nothing is
 */
export async function withPeople<T>(
  target: SessionsTarget,
  use: (people: readonly Person[], api: AdminApi, admissions: Admissions) => Promise<T>,
  action?: string,
): Promise<T> {
  const { namespace, admissions } = gatewayOf(await stackOutputs(target));
  const { kubeconfig, context, yes = false } = target;
  const cluster = await namedCluster({ kubeconfig, context }, { yes });
  const headers = action === undefined ? {} : auditHeaders(await actorOf(cluster), action);
  const { withAdminApi } = await import("./adminApi.js");
  return withAdminApi(
    cluster,
    namespace,
    async (api) => use(peopleOf(await api.identities(), await api.sessions(), admissions), api, admissions),
    headers,
  );
}
