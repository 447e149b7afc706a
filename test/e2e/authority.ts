import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";

/** The certificate and key that the tests' own certificate authority issued, as PEM. */
export interface Issued {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for all hosts of a zone, by a new authority whose key is thrown away. */
export async function issueFor(zone: string): Promise<Issued> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-authority-"));
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    await openssl(
      ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2"],
      ...["-subj", "/CN=Portcullis test authority"],
    );
    await openssl("req", ...newKey, "-keyout", "host.key", "-out", "host.csr", "-subj", `/CN=${zone}`);
    await writeFile(join(folder, "names"), `subjectAltName=DNS:${zone},DNS:*.${zone}\n`);
    await openssl(
      ...["x509", "-req", "-in", "host.csr", "-out", "host.crt", "-days", "2", "-extfile", "names"],
      ...["-CA", "ca.crt", "-CAkey", "ca.key"],
    );
    const read = (file: string) => readFile(join(folder, file), "utf8");
    return {
      authority: await read("ca.crt"),
      certificate: await read("host.crt"),
      key: await read("host.key"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The Secret by which an ingress controller, or a server, gets a certificate. */
export function tlsSecret(name: string, namespace: string, { certificate, key }: Issued): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/tls",
    stringData: { "tls.crt": certificate, "tls.key": key },
  };
}
