import { CronJob } from "@pulumi/kubernetes/batch/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { mergeOptions, output, type CustomResourceOptions, type Input } from "@pulumi/pulumi";
import { cleanupArguments, cleanupStatements } from "../../documents/kratos/commands";
import type { SslMode } from "../../documents/kratos/dsn";
import { kratosVariables } from "../../documents/kratos/environment";
import { imageAuthoritiesFile } from "../../documents/nginx/imageAuthorities";
import { databaseEgress } from "../database/connection";
import type { IdentityServerArgs } from "../identityServer";
import { fromSecret, isReference, type SecretReference } from "../shared/clientSecret";
import { createImmutableSecret } from "../shared/immutable";
import { labelsOf } from "../shared/labels";
import { container, cronJobSpec, newPodForEachAttempt, resources } from "../shared/pods";
import { script } from "../shared/scripts";
import { createClientPolicy } from "./clientPolicy";
import { certificateFile, kratosFile, pathOf } from "./files";
import { configMount, type KratosPods } from "./pods";

const role = "identity-cleanup";

/** Deletes what has expired: first what Kratos' own command leaves behind, then the rest with that command. */
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
          // Its containers wait for a database that does not answer, and the next clean-up is another try.
          backoffLimit: 2,
          // An interrupted run has deleted nothing of its batch.
          activeDeadlineSeconds: 1800,
        },
        labels,
        pod: pods.pod({
          ...newPodForEachAttempt,
          initContainers: [...copyOfAuthorities(args), preparation(args, createPassword(name, args, opts))],
          containers: [kratos],
          volumes: [...pods.volumes(), ...authoritiesVolume(args)],
        }),
        patch: args.patches?.cleanup,
      }),
    },
    mergeOptions(opts, { dependsOn: [policy] }),
  );
}

/** The database's password by itself: Kratos has it within a URL, whose settings include some that libpq refuses. */
function createPassword(
  name: string,
  { database: { password }, namespace }: IdentityServerArgs,
  opts: CustomResourceOptions,
): SecretReference {
  if (isReference(password)) return password;
  const key = "password";
  const { metadata } = createImmutableSecret(
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
      ...["sh", "-c", `${script("wait-for-database.sh")}\nexec "$@"`, "prepare"],
      ...["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1"],
      ...cleanupStatements.map((statement) => `--command=${statement}`),
    ],
    env: connection(database, password),
    resources: resources(["10m", "500m"], ["16Mi", "64Mi"]),
    volumeMounts: [configMount, ...(checksBySystem(database) ? [authoritiesMount] : [])],
  });
}

const authoritiesMount = { name: "authorities", mountPath: "/authorities" };
const copiedAuthorities = `${authoritiesMount.mountPath}/${certificateFile}`;

/** Whether the server's certificate is, or may be, from an authority that systems know. */
function checksBySystem({ caCertificate, sslMode }: IdentityServerArgs["database"]): boolean {
  return caCertificate === undefined && (typeof sslMode !== "string" || verifies(sslMode));
}

function verifies(mode: SslMode): boolean {
  return mode.startsWith("verify-");
}

/** Kratos' image has the authorities that systems know. The database's image has none: they come from nginx' image. */
function copyOfAuthorities({ database, images }: IdentityServerArgs): core.v1.Container[] {
  if (!checksBySystem(database)) return [];
  return [
    container({
      name: "authorities",
      image: images.references.nginx,
      command: ["cp", imageAuthoritiesFile, copiedAuthorities],
      resources: resources(["10m", "100m"], ["8Mi", "32Mi"]),
      volumeMounts: [authoritiesMount],
    }),
  ];
}

function authoritiesVolume({ database }: IdentityServerArgs): core.v1.Volume[] {
  return checksBySystem(database) ? [{ name: authoritiesMount.name, emptyDir: { sizeLimit: "8Mi" } }] : [];
}

/** The value of `PGSSLROOTCERT`; with one, libpq would also verify where it is not told to. */
function trusted(database: IdentityServerArgs["database"]): Input<string> | undefined {
  if (database.caCertificate !== undefined) return pathOf(certificateFile);
  if (!checksBySystem(database)) return undefined;
  return output(database.sslMode).apply((mode) => (verifies(mode) ? copiedAuthorities : ""));
}

/** @see https://www.postgresql.org/docs/17/libpq-envars.html */
function connection(server: IdentityServerArgs["database"], password: SecretReference): core.v1.EnvVar[] {
  const { database, host, port, sslMode, user } = server;
  const authorities = trusted(server);
  return [
    { name: "PGHOST", value: host },
    { name: "PGPORT", value: output(port).apply(String) },
    { name: "PGDATABASE", value: database },
    { name: "PGUSER", value: user },
    fromSecret(kratosVariables.databasePassword, password),
    { name: "PGSSLMODE", value: sslMode },
    ...(authorities === undefined ? [] : [{ name: "PGSSLROOTCERT", value: authorities }]),
  ];
}
