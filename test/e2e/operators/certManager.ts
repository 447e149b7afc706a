import { join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "../../../cli/shared/eventually";
import { run } from "../../../cli/shared/exec";
import type { Progress } from "../../../cli/shared/progress";
import type { DevCluster } from "../../../dev/devCluster";
import { kubectl } from "../../../dev/kubectl";
import { binary, CERT_MANAGER_VERSION, moduleFolder } from "../../../dev/node/binaries";
import { moduleSources } from "../../../dev/node/goModule";
import { provideImages } from "../../../dev/operators";

const NAMESPACE = "cert-manager";
const AUTHORITY = "portcullis-test-authority";
const API_VERSION = "cert-manager.io/v1";
/** Inside cert-manager's own pod, where nothing listens: an issuer asks its server for an account as soon as it exists. */
const NO_ACME_SERVER = "https://127.0.0.1:1/directory";

/** The chart's values: all three servers as they are by default, without the Job that only waits for them. */
const values = { crds: { enabled: true }, startupapicheck: { enabled: false } };

/** cert-manager on a cluster, as its chart installs it, with a certificate authority of its own. */
export class CertManager {
  private constructor(
    private readonly cluster: DevCluster,
    private readonly chart: string,
  ) {}

  /** The ClusterIssuer that signs with the authority. */
  readonly issuer = { kind: "ClusterIssuer", name: AUTHORITY } as const;

  static async install(cluster: DevCluster, progress: Progress): Promise<CertManager> {
    await provideImages(cluster, "certManager", progress);
    const installed = new CertManager(cluster, await renderedChart());
    await progress.phase("install cert-manager", () => installed.begin());
    return installed;
  }

  /** The authority's certificate, as PEM. */
  async authority(): Promise<string> {
    const secret = ["get", "secret", AUTHORITY, "--namespace", NAMESPACE];
    const encoded = await kubectl(this.cluster, [...secret, "--output", "jsonpath={.data['tls\\.crt']}"]);
    return Buffer.from(encoded, "base64").toString();
  }

  /** Creates an issuer that uses an ACME server, or changes its solvers. */
  acmeIssuer(
    { kind, name }: { readonly kind: "ClusterIssuer"; readonly name: string },
    ...solvers: object[]
  ) {
    const acme = { server: NO_ACME_SERVER, privateKeySecretRef: { name }, solvers };
    return this.apply(stringify({ apiVersion: API_VERSION, kind, metadata: { name }, spec: { acme } }));
  }

  /** Removes cert-manager, with the certificates that it made. */
  async remove(): Promise<void> {
    await kubectl(this.cluster, ["delete", "--ignore-not-found", "--filename", "-"], this.chart);
    const its = ["--all-namespaces", "--selector", "controller.cert-manager.io/fao=true"];
    await kubectl(this.cluster, ["delete", "secrets", ...its]);
    await kubectl(this.cluster, ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
  }

  private apply(objects: string): Promise<string> {
    return kubectl(this.cluster, ["apply", "--server-side", "--filename", "-"], objects);
  }

  private async begin(): Promise<void> {
    await this.apply(stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }));
    await this.apply(this.chart);
    const ready = ["rollout", "status", "deployment", "--namespace", NAMESPACE, "--timeout=300s"];
    await kubectl(this.cluster, ready);
    // The API server calls its webhook, which works once cainjector has configured the certificate authority.
    await eventually(() => this.apply(authorityObjects()));
    await eventually(() =>
      kubectl(this.cluster, ["wait", "--for=condition=Ready", `clusterissuer/${AUTHORITY}`, "--timeout=30s"]),
    );
  }
}

async function renderedChart(): Promise<string> {
  const module = "github.com/cert-manager/cert-manager";
  const sources = await moduleSources(module, moduleFolder("cert-manager"));
  const chart = join(sources, "deploy/charts/cert-manager");
  const args = ["chart", chart, NAMESPACE, CERT_MANAGER_VERSION, JSON.stringify(values)];
  return run(await binary("cert-manager"), args);
}

/** A self-signed authority, and the issuer that signs with it. */
function authorityObjects(): string {
  const apiVersion = API_VERSION;
  const selfSigned = "self-signed";
  const objects = [
    { apiVersion, kind: "ClusterIssuer", metadata: { name: selfSigned }, spec: { selfSigned: {} } },
    {
      apiVersion,
      kind: "Certificate",
      metadata: { name: AUTHORITY, namespace: NAMESPACE },
      spec: {
        isCA: true,
        commonName: AUTHORITY,
        secretName: AUTHORITY,
        privateKey: { algorithm: "ECDSA" },
        issuerRef: { kind: "ClusterIssuer", name: selfSigned },
      },
    },
    {
      apiVersion,
      kind: "ClusterIssuer",
      metadata: { name: AUTHORITY },
      spec: { ca: { secretName: AUTHORITY } },
    },
  ];
  return objects.map((object) => stringify(object)).join("---\n");
}
