import { Job } from "@pulumi/kubernetes/batch/v1";
import { mergeOptions, type CustomResourceOptions } from "@pulumi/pulumi";
import { migrateArguments, networkArguments } from "../../documents/kratos/commands";
import { kratosVariables } from "../../documents/kratos/environment";
import { databaseEgress } from "../database/connection";
import type { IdentityServerArgs } from "../identityServer";
import { anewOnceFailed } from "../shared/awaiting";
import { labelsOf } from "../shared/labels";
import { patched } from "../shared/patch";
import { newPodForEachAttempt } from "../shared/pods";
import { createClientPolicy } from "./clientPolicy";
import { kratosFile, pathOf } from "./files";
import { jobName } from "./jobName";
import type { KratosPods } from "./pods";

const role = "identity-migration";

/**
 * Finishes before any server starts: Kratos does not lock the database against a second migration or a second first
 * start.
 */
export function createMigration(
  identityServer: string,
  args: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): Job {
  const { database, images, namespace } = args;
  const labels = labelsOf(identityServer, role);
  const name = `${identityServer}-migrate`;
  const policy = createClientPolicy(name, role, [databaseEgress(database)], args, opts);
  return new Job(
    name,
    {
      metadata: {
        name: jobName(name, [images.references.kratos, database.host, database.port, database.database]),
        namespace,
        labels,
        annotations: anewOnceFailed,
      },
      spec: patched(
        {
          backoffLimit: 10,
          activeDeadlineSeconds: 600,
          template: {
            metadata: { labels },
            spec: pods.pod({
              // Kratos itself waits for a database that does not answer.
              ...newPodForEachAttempt,
              initContainers: [
                pods.kratos("migrate", migrateArguments(images.release), [kratosVariables.dsn]),
              ],
              containers: [
                pods.kratos("network", networkArguments(pathOf(kratosFile)), [kratosVariables.dsn]),
              ],
            }),
          },
        },
        args.patches?.migration,
      ),
    },
    mergeOptions(opts, { deleteBeforeReplace: true, dependsOn: [policy] }),
  );
}
