import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { Secret } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { output, Output, secret, type CustomResourceOptions, type Input } from "@pulumi/pulumi";
import { kratosDsn, sharedPool } from "../../documents/kratos/dsn";
import {
  clientSecretVariable,
  generatedSecrets,
  kratosVariables,
  secretList,
} from "../../documents/kratos/environment";
import { defined } from "../../documents/shared/defined";
import type { IdentityServerArgs } from "../identityServer";
import {
  fromSecret,
  isReference,
  type ExternalSecretSource,
  type SecretReference,
} from "../shared/clientSecret";
import { createImmutableSecret } from "../shared/immutable";
import { labelsOf } from "../shared/labels";
import { createRotatingSecret } from "../shared/secrets";
import { certificateFile, pathOf } from "./files";

/** Kratos' secrets, each as the environment variable that carries it. */
export class Environment {
  /** Every variable that a server needs. */
  readonly names: ReadonlySet<string>;

  constructor(
    private readonly args: IdentityServerArgs,
    private readonly secrets: Secret,
    values: Readonly<Record<string, Input<string>>>,
    private readonly references: ReadonlyMap<string, SecretReference>,
  ) {
    this.names = new Set([kratosVariables.dsn, ...Object.keys(values), ...references.keys()]);
  }

  /** The named variables, each after those that it refers to: the order in which Kubernetes expands them. */
  variables(names: Iterable<string>): core.v1.EnvVar[] {
    return [...names].flatMap((name) => this.variable(name));
  }

  private variable(name: string): core.v1.EnvVar[] {
    const { password } = this.args.database;
    if (name === kratosVariables.dsn && isReference(password))
      return [fromSecret(kratosVariables.databasePassword, password), { name, value: dsn(this.args) }];
    const own = { secretName: this.secrets.metadata.name, key: name };
    return [fromSecret(name, this.references.get(name) ?? own)];
  }
}

/** Creates the Secret of what the stack knows, and what fetches the rest into the namespace. */
export function createEnvironment(
  name: string,
  args: IdentityServerArgs,
  opts: CustomResourceOptions,
): Environment {
  const values = createSecretValues(name, args, opts);
  const secrets = createImmutableSecret(
    name,
    {
      metadata: { namespace: args.namespace, labels: labelsOf(name, "identity-server") },
      stringData: values,
    },
    opts,
  );
  return new Environment(args, secrets, values, createSecretReferences(name, args, opts));
}

/** Every secret value that the stack knows, by its variable. */
function createSecretValues(
  name: string,
  args: IdentityServerArgs,
  opts: CustomResourceOptions,
): Record<string, Input<string>> {
  const { database, images, loginProviders, secretsVersion, smtp } = args;
  return {
    ...(!isReference(database.password) && { [kratosVariables.dsn]: dsn(args) }),
    ...Object.fromEntries(
      generatedSecrets(images.release).map((generated) => [
        generated.variable,
        createRotatingSecret(`${name}-${generated.purpose}`, secretsVersion, opts).apply((versions) =>
          secretList(generated, versions),
        ),
      ]),
    ),
    ...Object.fromEntries(
      loginProviders.flatMap(({ clientSecret }, index) =>
        Output.isInstance(clientSecret) ? [[clientSecretVariable(index), clientSecret] as const] : [],
      ),
    ),
    ...(smtp && { [kratosVariables.smtpUri]: secret(smtp.uri) }),
  };
}

/** Secrets that the stack does not know, each of which something else puts into the namespace. */
function createSecretReferences(
  name: string,
  args: IdentityServerArgs,
  opts: CustomResourceOptions,
): ReadonlyMap<string, SecretReference> {
  return new Map(
    args.loginProviders.flatMap(({ clientSecret, spec }, index) => {
      const variable = clientSecretVariable(index);
      if (Output.isInstance(clientSecret)) return [];
      if (isReference(clientSecret)) return [[variable, clientSecret] as const];
      const external = createExternalSecret(
        `${name}-client-${spec.id}`,
        { namespace: args.namespace, labels: labelsOf(name, "identity-server") },
        clientSecret,
        opts,
      );
      return [[variable, external] as const];
    }),
  );
}

function createExternalSecret(
  name: string,
  metadata: object,
  { store, refreshInterval, remote }: ExternalSecretSource,
  opts: CustomResourceOptions,
): SecretReference {
  const key = "client_secret";
  new CustomResource(
    name,
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata,
      spec: {
        refreshInterval,
        secretStoreRef: store,
        target: { name, creationPolicy: "Owner" },
        data: [{ secretKey: key, remoteRef: remote }],
      },
    },
    { ...opts, deleteBeforeReplace: true },
  );
  return { secretName: name, key };
}

/** A secret, unless the password is in somebody else's Secret. */
function dsn({ autoscaling, database, replicas }: IdentityServerArgs): Output<string> {
  const { caCertificate, password, peers: _, pool: given = {}, ...connection } = database;
  const trust = caCertificate === undefined ? undefined : { caFile: pathOf(certificateFile) };
  const pool = { ...sharedPool(autoscaling?.max ?? replicas), ...defined(given) };
  return output({ ...connection, ...(!isReference(password) && { password }) }).apply((resolved) =>
    kratosDsn({ ...resolved, ...trust, pool }),
  );
}
