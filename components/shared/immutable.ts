import { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions } from "@pulumi/pulumi";

/**
 * A ConfigMap that is replaced when it changes: pods name it, so a new name rolls them out. Without `immutable`, a
 * provider with `enableConfigMapMutable` changes it in place, and the pods keep what they have read.
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable
 */
export function createImmutableConfigMap(
  name: string,
  args: core.v1.ConfigMap,
  opts?: CustomResourceOptions,
): ConfigMap {
  return new ConfigMap(name, { ...args, immutable: true }, opts);
}

/** A Secret that is replaced when it changes, for the same reason: `enableSecretMutable`. */
export function createImmutableSecret(
  name: string,
  args: core.v1.Secret,
  opts?: CustomResourceOptions,
): Secret {
  return new Secret(name, { ...args, immutable: true }, opts);
}
