import type { V1Pod } from "@kubernetes/client-node";
import { isNotFound, refusalOf, type Connection } from "../shared/cluster";
import { Failure } from "../shared/failure";

/** The key with the registry credentials in a Secret of each type. */
const credentialKeys: Readonly<Record<string, string>> = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
};

/** The Secrets with which a pod's images are pulled. */
export function pullSecretsOf({ spec }: V1Pod): string[] {
  return (spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
}

/**
 * Copies the registry credentials of Secrets, and nothing else from them. The kubelet ignores a missing Secret too.
 * @throws {Failure} without any of their contents
 */
export async function copyPullSecrets(
  { core, objects }: Pick<Connection, "core" | "objects">,
  names: readonly string[],
  from: string,
  to: string,
): Promise<void> {
  for (const name of new Set(names)) {
    const { type = "", data = {} } = await core
      .readNamespacedSecret({ name, namespace: from })
      .catch((error: unknown) => orNone(error, `The Secret ${from}/${name} cannot be read`));
    const key = credentialKeys[type];
    const credentials = key === undefined ? undefined : data[key];
    if (key === undefined || credentials === undefined) continue;
    const metadata = { name, namespace: to };
    const copy = { apiVersion: "v1", kind: "Secret", metadata, type, data: { [key]: credentials } };
    await objects.create(copy).catch((error: unknown) => {
      throw refused(error, `The Secret ${from}/${name} cannot be copied to ${to}`);
    });
  }
}

interface Found {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

function orNone(error: unknown, what: string): Found {
  if (isNotFound(error)) return {};
  throw refused(error, what);
}

/** Reports only the status: an answer may repeat the request. */
function refused(error: unknown, what: string): Failure {
  const { code } = refusalOf(error);
  return new Failure(
    `${what}: the API server ${code === undefined ? "does not answer" : `answers ${code}`}.`,
  );
}
