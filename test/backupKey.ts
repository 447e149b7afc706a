import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cli/shared/exec";

/** The key that backups are encrypted to and read with, as PEM. */
export interface BackupKey {
  readonly certificate: string;
  readonly key: string;
}

/** Creates a key with the command of docs/database.md. */
export async function newBackupKey(algorithm = "rsa:2048"): Promise<BackupKey> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-backup-key-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const curve = algorithm === "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [];
  try {
    await run("openssl", [
      ...["req", "-x509", "-newkey", algorithm, ...curve, "-nodes", "-days", "36500"],
      ...["-subj", "/CN=portcullis-backups", "-keyout", key, "-out", certificate],
    ]);
    return { certificate: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
