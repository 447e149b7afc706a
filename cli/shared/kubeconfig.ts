import { createInterface } from "node:readline/promises";
import { connect, type Cluster } from "./cluster";
import { Failure } from "./failure";

/**
 * The cluster that the user named, after showing which one it is.
 *
 * @throws {Failure} when the kubeconfig cannot be read or the user answers no.
 */
export async function namedCluster(cluster: Cluster, { yes }: { yes: boolean }): Promise<Cluster> {
  const { context, server } = await connect(cluster);
  process.stderr.write(`${cluster.kubeconfig ?? "kubeconfig"}: context ${context}, server ${server}\n`);
  if (!yes && !(await confirmed()))
    throw new Failure("Nothing was changed. Pass --yes to use this cluster without being asked.");
  return cluster;
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question("Use this cluster? [y/N] ");
  ask.close();
  return /^y(es)?$/i.test(answer.trim());
}
