import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Creates a self-signed certificate for a name. */
export function selfSigned(folder: string, name: string): Certificate {
  return certificate(folder, name, []);
}

/** Creates a certificate for a name, signed by a {@link selfSigned} one in the same folder. */
export function signedBy(authority: string, folder: string, name: string): Certificate {
  const [key, file] = filesOf(folder, authority);
  return certificate(folder, name, ["-CA", file, "-CAkey", key]);
}

function certificate(folder: string, name: string, signer: readonly string[]): Certificate {
  const [keyFile, file] = filesOf(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...subject, ...signer, "-out", file], {
    stdio: "ignore",
  });
  return { certificate: readFileSync(file, "utf8"), key: readFileSync(keyFile, "utf8") };
}

function filesOf(folder: string, name: string): readonly [key: string, certificate: string] {
  return [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
}
