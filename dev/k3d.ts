import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DevCluster } from "./devCluster";
import { run } from "../cli/shared/exec";
import { Failure } from "../cli/shared/failure";
import { fixtureDnsName } from "./fixtures/manifests";
import { DEVELOPMENT_ZONE, workFolder, type Instance } from "./instances";
import type { Progress } from "../cli/shared/progress";

const K3S_IMAGE = "docker.io/rancher/k3s:v1.34.4-k3s1";

/** A k3s cluster in Docker, with the Traefik, storage and network policies that k3s includes. */
export class K3d {
  private readonly name: string;

  constructor(
    private readonly instance: Instance,
    private readonly progress: Progress,
  ) {
    this.name = `portcullis-${instance.name}`;
  }

  /** @throws {Failure} when k3d or kubectl is not installed. */
  async start(): Promise<DevCluster> {
    for (const tool of ["k3d", "kubectl"]) {
      await run(tool, ["version", ...(tool === "kubectl" ? ["--client"] : [])]).catch(() => {
        throw new Failure(
          `Docker answers, and the cluster would be a k3d one, but \`${tool}\` is not installed. Install it.`,
        );
      });
    }
    const folder = workFolder(this.instance.name);
    const kubeconfig = join(folder, "kubeconfig.k3d");
    await mkdir(folder, { recursive: true });
    const isNew = !(await this.exists());
    if (isNew) {
      const traefik = join(folder, "traefik.json");
      await writeFile(traefik, traefikValues());
      await this.progress.phase("create the k3d cluster", () =>
        run("k3d", [
          ...[
            "cluster",
            "create",
            this.name,
            "--image",
            K3S_IMAGE,
            "--wait",
            "--kubeconfig-update-default=false",
          ],
          ...["--port", `127.0.0.1:${String(this.instance.port)}:80@loadbalancer`],
          ...["--port", `127.0.0.1:${String(this.instance.tlsPort)}:443@loadbalancer`],
          ...[
            "--volume",
            `${traefik}:/var/lib/rancher/k3s/server/manifests/portcullis-traefik.json@server:0`,
          ],
        ]),
      );
    }
    await writeFile(kubeconfig, await run("k3d", ["kubeconfig", "get", this.name]), { mode: 0o600 });
    await run("kubectl", ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"], {
      input: issuerDnsName(),
    });
    return {
      kind: "k3d",
      instance: this.instance,
      kubeconfig,
      kubectl: ["kubectl"],
      isNew,
      stateFolder: folder,
    };
  }

  async stop(): Promise<void> {
    if (!(await this.exists())) return;
    await run("k3d", ["cluster", "delete", this.name]);
    await rm(workFolder(this.instance.name), { recursive: true, force: true }); // the resources in the stacks' state are gone
  }

  private exists(): Promise<boolean> {
    return run("k3d", ["cluster", "get", this.name]).then(
      () => true,
      () => false,
    );
  }
}

/** Gives k3s' Traefik the same middleware as the embedded node's; k3s applies the files in its manifests folder. */
function traefikValues(): string {
  const middlewares = { hsts: { headers: { stsSeconds: 31_536_000, stsIncludeSubdomains: true } } };
  const file = { enabled: true, content: JSON.stringify({ http: { middlewares } }) };
  return JSON.stringify({
    apiVersion: "helm.cattle.io/v1",
    kind: "HelmChartConfig",
    metadata: { name: "traefik", namespace: "kube-system" },
    spec: { valuesContent: JSON.stringify({ providers: { file } }) },
  });
}

/** Lets pods reach the stub issuer by the name that browsers use; k3s loads this ConfigMap into CoreDNS. */
function issuerDnsName(): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns-custom", namespace: "kube-system" },
    data: { "portcullis.override": `rewrite name issuer.${DEVELOPMENT_ZONE} ${fixtureDnsName("issuer")}` },
  });
}
