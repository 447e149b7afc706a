import type { core } from "@pulumi/kubernetes/types/input";
import { Output, secret, type Input } from "@pulumi/pulumi";
import type { Duration } from "../../documents/shared/duration";

/** A key of a Secret that something else put into the gateway's namespace: its value never enters the stack's state. */
export interface SecretReference {
  /** Name of a Secret in the gateway's namespace. */
  readonly secretName: Input<string>;
  /** Key of the value in that Secret. */
  readonly key: string;
}

/** A store that the External Secrets Operator of the cluster knows. */
export interface SecretStore {
  /** Whether it serves one namespace or the whole cluster. */
  readonly kind: "SecretStore" | "ClusterSecretStore";
  /** Name of the store. */
  readonly name: string;
}

/**
 * A secret that the External Secrets Operator fetches into the gateway's namespace.
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export interface ExternalSecretSource {
  /** Store from which it is fetched. */
  readonly store: SecretStore;
  /** How often it is fetched again. */
  readonly refreshInterval: Duration;
  /** Where it is in the store. */
  readonly remote: {
    /** Name of the secret in the store. */
    readonly key: Input<string>;
    /**
     * Field of the secret, if it is a document.
     * @default all of it
     */
    readonly property?: string;
    /**
     * Version of the secret.
     * @default the latest
     */
    readonly version?: Input<string>;
  };
}

/** Where a login provider's client secret is. */
export type ClientSecret = Output<string> | SecretReference | ExternalSecretSource;

/** A secret's value, or the Secret that holds it. */
export type SecretInput = Input<string> | SecretReference;

/** Whether a secret is only referred to. */
export function isReference(value: SecretInput | ClientSecret): value is SecretReference {
  return typeof value === "object" && !Output.isInstance(value) && "secretName" in value;
}

/** A container's variable that has the value of a Secret. */
export function fromSecret(variable: string, { secretName, key }: SecretReference): core.v1.EnvVar {
  return { name: variable, valueFrom: { secretKeyRef: { name: secretName, key } } };
}

/** The value as a secret of the engine, whether or not it is one already; a reference stays as it is. */
export function asSecret(value: SecretInput): Output<string> | SecretReference {
  return isReference(value) ? value : secret(value);
}
