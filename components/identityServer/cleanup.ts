import { CronJob } from "@pulumi/kubernetes/batch/v1";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { cleanupArguments } from "../../ory/kratos/commands";
import { kratosVariables } from "../../ory/kratos/environment";
import type { IdentityServerArgs } from "../identityServer";
import { labelsOf } from "../shared/labels";
import { kratosFile, pathOf } from "./files";
import type { KratosPods } from "./pods";

/** Deletes what has expired. */
export function createCleanup(
  identityServer: string,
  { namespace }: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): void {
  const labels = labelsOf(identityServer, "identity-cleanup");
  const kratos = pods.kratos("cleanup", cleanupArguments(pathOf(kratosFile)), [kratosVariables.dsn]);
  new CronJob(
    `${identityServer}-cleanup`,
    {
      metadata: { namespace, labels },
      spec: {
        schedule: "23 * * * *",
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 1800,
            template: {
              metadata: { labels },
              spec: pods.pod({ restartPolicy: "OnFailure", containers: [kratos] }),
            },
          },
        },
      },
    },
    opts,
  );
}
