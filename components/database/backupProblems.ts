import { certificateProblems, publicKeyOf } from "../../documents/shared/certificate";
import { countProblems, objectNameProblems } from "../../documents/shared/kubernetesNames";
import type { Partly } from "../../documents/shared/partly";
import { ofKnown, type Path, type Problem } from "../../documents/shared/problem";
import { quantityProblems } from "../../documents/shared/quantity";
import { scheduleProblems } from "../../documents/shared/schedule";
import type { BackupArgs } from "./backups";

const minKeyBits = 2048;

/** Checks when backups are made, where they fit, how many are kept, and to whom they are encrypted. */
export function backupProblems(
  path: Path,
  { encryptTo, keep, schedule, storage, storageClass }: Partly<BackupArgs>,
): readonly Problem[] {
  return [
    ...ofKnown(schedule, (when) => scheduleProblems(path("schedule"), when)),
    ...ofKnown(storage, (size) => quantityProblems(path("storage"), size)),
    ...ofKnown(storageClass, (name) => objectNameProblems(path("storageClass"), name, "a StorageClass")),
    ...ofKnown(keep, (count) => countProblems(path("keep"), count, 14)),
    ...ofKnown(encryptTo, (pem) => recipientProblems(path("encryptTo"), pem)),
  ];
}

/** Never shows the value that it found: it may be the private key. */
function recipientProblems(path: string, pem: string): Problem[] {
  const fix = `Write the PEM of an X.509 certificate with an RSA key of ${minKeyBits} bits or more.`;
  const ofCertificate = certificateProblems(path, pem, fix);
  const key = publicKeyOf(pem);
  if (ofCertificate.length > 0 || key === undefined) return ofCertificate;
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === "rsa" && bits >= minKeyBits) return [];
  const kind = `a certificate with a key of the type ${key.asymmetricKeyType ?? "unknown"}`;
  return [{ path, value: bits > 0 ? `${kind} and ${bits} bits` : kind, reason: "cannot be used", fix }];
}
