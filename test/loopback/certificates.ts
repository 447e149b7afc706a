import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate that signs itself, for a name. */
export function selfSigned(folder: string, name: string): Certificate {
  const [keyFile, file] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`, "-keyout", keyFile, "-out", file],
    ],
    { stdio: "ignore" },
  );
  return { certificate: readFileSync(file, "utf8"), key: readFileSync(keyFile, "utf8") };
}
