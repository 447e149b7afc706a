import { Output, secret, type Input } from "@pulumi/pulumi";

/** A key of a Secret that something else put into the gateway's namespace: its value never enters the stack's state. */
export interface SecretReference {
  readonly secretName: Input<string>;
  readonly key: string;
}

/** A secret's value, or the Secret that has it. */
export type SecretInput = Input<string> | SecretReference;

/** Whether a secret is only referred to. */
export function isReference(value: SecretInput): value is SecretReference {
  return typeof value === "object" && !Output.isInstance(value) && "secretName" in value;
}

/** The value as a secret of the engine's, whether or not it is one already; a reference as it is. */
export function asSecret(value: SecretInput): Output<string> | SecretReference {
  return isReference(value) ? value : secret(value);
}
