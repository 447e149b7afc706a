import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { Labels } from "./labels";

/** Where clients of the API server look for {@link tokenFile} and {@link authorityFile}. */
export const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
export const tokenFile = "token";
export const authorityFile = "ca.crt";

/** A token that is replaced within the hour. */
export const token: core.v1.ServiceAccountTokenProjection = { path: tokenFile, expirationSeconds: 3600 };

/** The certificates that verify the API server's; the controller manager creates them in every namespace. */
export const authority: core.v1.ConfigMapProjection = {
  name: "kube-root-ca.crt",
  items: [{ key: "ca.crt", path: authorityFile }],
};

/** An account whose token is only in containers that mount a volume with it. */
export function createServiceAccount(
  name: string,
  metadata: { readonly namespace: Input<string>; readonly labels: Labels },
  opts: CustomResourceOptions,
): ServiceAccount {
  return new ServiceAccount(name, { metadata, automountServiceAccountToken: false }, opts);
}
