import { X509Certificate, type KeyObject } from "node:crypto";
import { found, type Problem } from "../../documents/shared/problem";
import type { BackupArgs } from "./backups";

const minKeyBits = 2048;

/** Says what cannot be kept or encrypted to; the API server checks the schedule and the quantity. */
export function backupProblems(
  path: string,
  { encryptTo, keep }: Pick<BackupArgs, "encryptTo" | "keep">,
): Problem[] {
  return [...keepProblems(`${path}.keep`, keep), ...certificateProblems(`${path}.encryptTo`, encryptTo)];
}

function keepProblems(path: string, keep: number | undefined): Problem[] {
  if (keep === undefined || (Number.isInteger(keep) && keep > 0)) return [];
  const fix = 'Write for example 14, or backup: "off".';
  return [{ path, value: found(keep), reason: "is not a whole number above 0", fix }];
}

/** Never shows what it found: that may be the private key. */
function certificateProblems(path: string, pem: string | undefined): Problem[] {
  if (pem === undefined) return [];
  const fix = `Write the PEM of an X.509 certificate with an RSA key of ${minKeyBits} bits or more.`;
  if (pem.includes("PRIVATE KEY"))
    return [
      {
        path,
        value: "a private key, not shown",
        reason: "is to be public, and this has the key that reads the backups",
        fix: `${fix} Make a new key: this one has been in the configuration.`,
      },
    ];
  const key = publicKeyOf(pem);
  if (key === undefined) return [{ path, value: "another text", reason: "is no certificate", fix }];
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === "rsa" && bits >= minKeyBits) return [];
  const kind = `a certificate with a key of the type ${key.asymmetricKeyType ?? "unknown"}`;
  return [{ path, value: bits > 0 ? `${kind} and ${bits} bits` : kind, reason: "cannot be used", fix }];
}

function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return new X509Certificate(pem).publicKey;
  } catch {
    return undefined;
  }
}
