import { z } from "zod";
import { patch } from "./fields";

const partPatch = (workload: string) =>
  patch.meta({ description: `Merge patch of the spec of ${workload}.` }).exactOptional();

/** Merge patches of the workloads of a gateway. */
export const gatewayPatches = z.strictObject({
  everyPod: partPatch("the pods of all parts"),
  identityServer: partPatch("the Deployment of the identity server"),
  loginUi: partPatch("the Deployment of the login UI"),
  proxy: partPatch("the Deployment of the proxy"),
  ruleOperator: partPatch("the Deployment of the rule operator"),
  serviceAccountKeys: partPatch("the Deployment that serves the service accounts' keys"),
  courier: partPatch("the Deployment that sends mail"),
  cleanup: partPatch("the CronJob that deletes expired data"),
  leavers: partPatch("the CronJob that deactivates people who have left"),
  migration: partPatch("the Job that migrates the database"),
  identityNames: partPatch("the Job that creates named identities"),
  postgres: partPatch("the StatefulSet of the database in the cluster"),
  postgresBackup: partPatch("the CronJob that backs up the database in the cluster"),
  postgresRestore: partPatch("the CronJob that restores a backup of the database in the cluster"),
  postgresCluster: partPatch("the Cluster of a database of kind cloudNativePg"),
});
