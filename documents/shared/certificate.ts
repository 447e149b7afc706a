import { X509Certificate, type KeyObject } from "node:crypto";
import type { Problem } from "./problem";

/** The public key of a certificate in PEM, if it is one. */
export function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return new X509Certificate(pem).publicKey;
  } catch {
    return undefined;
  }
}

/** Checks that a text is the PEM of a certificate. Never shows it: it may be a private key. */
export function certificateProblems(path: string, pem: string, fix: string): Problem[] {
  if (pem.includes("PRIVATE KEY"))
    return [
      {
        path,
        value: "a private key, not shown",
        reason: "is to be public, and this has a private key",
        fix: `${fix} Make a new key: this one has been in the configuration.`,
      },
    ];
  if (publicKeyOf(pem) !== undefined) return [];
  return [{ path, value: "another text", reason: "is no certificate", fix }];
}
