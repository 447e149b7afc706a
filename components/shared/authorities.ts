import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import { certificateProblems } from "../../documents/shared/certificate";
import { referenceProblems } from "../../documents/shared/kubernetesNames";
import { ofKnown, type Path, type Problem } from "../../documents/shared/problem";
import type { SecretReference } from "./clientSecret";
import type { Known } from "./known";

/** A key of a ConfigMap in the gateway's namespace. */
export interface ConfigMapReference {
  /** Name of a ConfigMap in the gateway's namespace. */
  readonly configMapName: Input<string>;
  /** Key of the value in that ConfigMap. */
  readonly key: string;
}

/** Certificates of authorities in PEM: the text itself, or the object in the gateway's namespace that holds it. */
export type AuthoritiesSource =
  | {
      /** The certificates, one after another. */
      readonly pem: string;
    }
  | ConfigMapReference
  | SecretReference;

/** Where the certificates of authorities are mounted from, unless they are given inline. The object need not exist yet. */
export function authoritiesSources(from: AuthoritiesSource, path: string): core.v1.VolumeProjection[] {
  if ("pem" in from) return [];
  const items = [{ key: from.key, path }];
  if ("secretName" in from) return [{ secret: { name: from.secretName, optional: true, items } }];
  return [{ configMap: { name: from.configMapName, optional: true, items } }];
}

/** Checks where certificates of authorities are. */
export function authoritiesProblems(path: Path, from: Known<AuthoritiesSource>): Problem[] {
  if ("pem" in from) return [...ofKnown(from.pem, (pem) => pemProblems(path("pem"), pem))];
  return referenceProblems(path, from);
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function pemProblems(path: string, pem: string): Problem[] {
  const fix = "Write certificates in PEM, one after another.";
  const parts = pem.includes("PRIVATE KEY") ? [pem] : (pem.match(block) ?? [pem]);
  return parts.flatMap((one) => certificateProblems(path, one, fix)).slice(0, 1);
}
