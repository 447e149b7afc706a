import { X509Certificate, type KeyObject } from "node:crypto";
import type { Problem } from "./problem";

/** The public key of a PEM certificate; undefined if the text is no certificate. */
export function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return new X509Certificate(pem).publicKey;
  } catch {
    return undefined;
  }
}

/** Checks that a text is a PEM certificate. Never shows the text: it may be a private key. */
export function certificateProblems(path: string, pem: string, fix: string): Problem[] {
  if (pem.includes("PRIVATE KEY"))
    return [
      {
        path,
        value: "a private key, not shown",
        reason: "will be public, and this contains a private key",
        fix: `${fix} Make a new key: this one has been in the configuration.`,
      },
    ];
  if (publicKeyOf(pem) !== undefined) return [];
  return [{ path, value: "another text", reason: "is not a certificate", fix }];
}
