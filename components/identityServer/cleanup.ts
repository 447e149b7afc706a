import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { Secret } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { mergeOptions, output, type CustomResourceOptions } from "@pulumi/pulumi";
import { cleanupArguments, cleanupStatements } from "../../documents/kratos/commands";
import { kratosVariables } from "../../documents/kratos/environment";
import { databaseEgress } from "../database/connection";
import type { IdentityServerArgs } from "../identityServer";
import { fromSecret, isReference, type SecretReference } from "../shared/clientSecret";
import { labelsOf } from "../shared/labels";
import { container, cronJobSpec, resources } from "../shared/pods";
import { createClientPolicy } from "./clientPolicy";
import { certificateFile, kratosFile, pathOf } from "./files";
import { configMount, type KratosPods } from "./pods";

const role = "identity-cleanup";

/** Deletes what has expired: what Kratos' own command leaves, and then the rest by that command. */
export function createCleanup(
  identityServer: string,
  args: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): void {
  const name = `${identityServer}-cleanup`;
  const policy = createClientPolicy(name, role, [databaseEgress(args.database)], args, opts);
  const labels = labelsOf(identityServer, role);
  const kratos = pods.kratos("cleanup", cleanupArguments(pathOf(kratosFile)), [kratosVariables.dsn]);
  new CronJob(
    name,
    {
      metadata: { namespace: args.namespace, labels },
      spec: cronJobSpec({
        when: { schedule: "*/5 * * * *" },
        startingDeadlineSeconds: 240,
        failedJobs: 1,
        job: {
          // What NetworkPolicies say of a new pod takes some network plugins half a minute.
          backoffLimit: 6,
          // A run that is cut off has deleted nothing of its batch.
          activeDeadlineSeconds: 1800,
        },
        labels,
        pod: pods.pod({
          restartPolicy: "OnFailure",
          initContainers: [preparation(args, createPassword(name, args, opts))],
          containers: [kratos],
        }),
        patch: args.patches?.cleanup,
      }),
    },
    mergeOptions(opts, { dependsOn: [policy] }),
  );
}

/** Where the database's password is by itself: Kratos has it within a URL, which has settings that libpq refuses. */
function createPassword(
  name: string,
  { database: { password }, namespace }: IdentityServerArgs,
  opts: CustomResourceOptions,
): SecretReference {
  if (isReference(password)) return password;
  const key = "password";
  const { metadata } = new Secret(
    name,
    {
      metadata: { namespace, labels: labelsOf(name, role) },
      stringData: { [key]: password },
    },
    opts,
  );
  return { secretName: metadata.name, key };
}

function preparation({ database, images }: IdentityServerArgs, password: SecretReference): core.v1.Container {
  return container({
    name: "prepare",
    image: images.references.postgres,
    command: [
      ...["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1"],
      ...cleanupStatements.map((statement) => `--command=${statement}`),
    ],
    env: connection(database, password),
    resources: resources(["10m", "500m"], ["16Mi", "64Mi"]),
    volumeMounts: [configMount],
  });
}

/** @see https://www.postgresql.org/docs/17/libpq-envars.html */
function connection(
  { caCertificate, database, host, port, sslMode, user }: IdentityServerArgs["database"],
  password: SecretReference,
): core.v1.EnvVar[] {
  return [
    { name: "PGHOST", value: host },
    { name: "PGPORT", value: output(port).apply(String) },
    { name: "PGDATABASE", value: database },
    { name: "PGUSER", value: user },
    fromSecret("PGPASSWORD", password),
    { name: "PGSSLMODE", value: sslMode },
    ...(caCertificate === undefined ? [] : [{ name: "PGSSLROOTCERT", value: pathOf(certificateFile) }]),
  ];
}
