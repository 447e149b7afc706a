import { Job } from "@pulumi/kubernetes/batch/v1";
import { all, type CustomResourceOptions } from "@pulumi/pulumi";
import { migrateArguments, networkArguments } from "../../ory/kratos/commands";
import { kratosVariables } from "../../ory/kratos/environment";
import type { IdentityServerArgs } from "../identityServer";
import { labelsOf } from "../shared/labels";
import { kratosFile, pathOf } from "./files";
import type { KratosPods } from "./pods";
import { shortHash } from "./shortHash";

/**
 * Finished before any server starts: Kratos locks the database neither against a second migration nor against a second
 * first start.
 */
export function createMigration(
  identityServer: string,
  { database, images, namespace }: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): Job {
  const subject = all([images.references.kratos, database.host, database.port, database.database]);
  const labels = labelsOf(identityServer, "identity-migration");
  const name = `${identityServer}-migrate`;
  return new Job(
    name,
    {
      metadata: {
        // A Job cannot change: another image or database is another Job.
        name: subject.apply((parts) => `${name}-${shortHash(parts.join(" "))}`),
        namespace,
        labels,
      },
      spec: {
        backoffLimit: 10,
        activeDeadlineSeconds: 600,
        template: {
          metadata: { labels },
          spec: pods.pod({
            restartPolicy: "OnFailure",
            initContainers: [pods.kratos("migrate", migrateArguments(images.release), [kratosVariables.dsn])],
            containers: [pods.kratos("network", networkArguments(pathOf(kratosFile)), [kratosVariables.dsn])],
          }),
        },
      },
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
