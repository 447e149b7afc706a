import { spawn } from "node:child_process";
import { openSync, readFileSync, readdirSync } from "node:fs";
import { access, cp, mkdir, readFile, readdir, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imageNames, type ImageArchive } from "../images";
import { cacheRoot } from "../cache";
import type { DevCluster } from "../devCluster";
import { eventually } from "../../cli/shared/eventually";
import { run } from "../../cli/shared/exec";
import { Failure } from "../../cli/shared/failure";
import { workFolder, type Instance } from "../instances";
import { undoOnInterrupt } from "../../cli/shared/interrupt";
import { end, isAlive, recordOf, type RecordedProcess } from "../processes";
import type { Progress } from "../../cli/shared/progress";
import {
  administratorKubeconfig,
  DNS_IP,
  POD_CIDR,
  SERVICE_CIDR,
  writeConfiguration,
  type NodeLayout,
} from "./configuration";
import { linkContainerd } from "./containerd";
import { gatewayApiDefinitions } from "./gatewayApi";
import { copyImageStore, IMAGE_NAMESPACE, imageStore } from "./imageStore";
import { binary, binaryNames, isBuilt, type BinaryName } from "./binaries";
import { requirePrerequisites } from "./prerequisites";
import { errorMessage } from "../../documents/shared/errorMessage";

/** The record written before anything starts, so that any later run finds the node and ends it. */
interface NodeRecord {
  readonly checkout: string;
  readonly processes: readonly RecordedProcess[];
}

/**
 * The embedded node: a one-node Kubernetes in its own namespaces, built from source, for machines that have no
 * Docker and reach no image registry. Needs Linux and root.
 */
export class EmbeddedNode {
  private readonly folder: string;
  private readonly layout: NodeLayout;
  /** This machine's end of the network to the node. */
  private readonly device: string;

  constructor(
    private readonly instance: Instance,
    private readonly progress: Progress,
  ) {
    this.folder = join(cacheRoot(), "nodes", instance.name);
    this.device = `portc-${instance.name}`; // the kernel allows 15 characters
    this.layout = {
      folder: this.folder,
      nodeName: `portcullis-${instance.name}`,
      nodeIp: `${instance.network}.2`,
      hostIp: `${instance.network}.1`,
      pauseImage: imageNames.pause,
      helperImage: imageNames.busybox,
    };
  }

  async isRunning(): Promise<boolean> {
    const { processes } = await this.record();
    return processes.length > 0 && processes.every(isAlive);
  }

  /** Starts the node, or returns the running one. */
  async start(options: { yes: boolean }): Promise<DevCluster> {
    if (await this.isRunning()) {
      this.progress.note(`the ${this.instance.name} cluster is up already`);
      return this.cluster(false);
    }
    await this.stop();
    const unbuilt = (
      await Promise.all(binaryNames.map(async (name) => ((await isBuilt(name)) ? [] : [name])))
    ).flat();
    await requirePrerequisites(this.instance, {
      ...options,
      warm: unbuilt.length === 0,
      progress: this.progress,
    });
    const keep = undoOnInterrupt(() => this.stop());
    try {
      await this.buildBinaries(unbuilt);
      const store = await this.progress.phase("images", (detail) =>
        imageStore(this.layout.pauseImage, detail),
      );
      await this.progress.phase("start the node", (detail) => this.boot(store, detail));
    } catch (error) {
      const explained = await this.explain(error);
      await this.stop();
      throw explained;
    } finally {
      keep();
    }
    return this.cluster(true);
  }

  /** Gives the running node an image that it did not start with. */
  async takeImage({ archive }: ImageArchive): Promise<void> {
    const [, init] = (await this.record()).processes;
    if (!init) throw new Failure(`The ${this.instance.name} cluster is not up.`);
    // The socket of its containerd is in a separate file system.
    const inside = ["--target", String(init.pid), "--mount", join(this.folder, "bin/ctr")];
    await run("nsenter", [...inside, "--namespace", IMAGE_NAMESPACE, "images", "import", archive]);
  }

  /** The certificate that its API server presents to the kubelet, as PEM: its holder may ask the kubelet anything. */
  async kubeletClient(): Promise<{ readonly certificate: string; readonly key: string }> {
    const [certificate, key] = await Promise.all(
      ["crt", "key"].map((kind) => readFile(join(this.folder, `secrets/kubelet-client.${kind}`), "utf8")),
    );
    return { certificate: certificate ?? "", key: key ?? "" };
  }

  /** Ends everything that was started for this instance, including what a killed run left behind. */
  async stop(): Promise<void> {
    const { processes } = await this.record();
    for (const recorded of processes) await end(recorded);
    // An interface of this name without a record belongs to a run with another cache.
    if (processes.length > 0) {
      // The kernel keeps a network, and its interface, while its last sockets linger.
      await run("ip", ["link", "delete", this.device]).catch(() => undefined);
      await removeCgroups(await this.containerIds());
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The containers in containerd's records, running or not. */
  private async containerIds(): Promise<string[]> {
    const cri = join(this.folder, "data/containerd/io.containerd.grpc.v1.cri");
    const kinds = ["sandboxes", "containers"].map((kind) => readdir(join(cri, kind)).catch(() => []));
    return (await Promise.all(kinds)).flat();
  }

  private async cluster(isNew: boolean): Promise<DevCluster> {
    return {
      kind: "embedded",
      instance: this.instance,
      kubeconfig: join(this.folder, "kubeconfig"),
      kubectl: [await binary("kubernetes"), "kubectl"],
      isNew,
      stateFolder: join(this.folder, "state"),
    };
  }

  private async buildBinaries(names: readonly BinaryName[]): Promise<void> {
    const title =
      names.length === 0 ? "binaries (cached)" : `build ${String(names.length)} binaries from source`;
    await this.progress.phase(title, async (detail) => {
      for (const [index, name] of names.entries()) {
        const left = names.slice(index + 1);
        detail(left.length === 0 ? name : `${name}, then ${left.join(", ")}`);
        await binary(name);
      }
    });
  }

  private async boot(store: string, detail: (text: string) => void): Promise<void> {
    const { folder, layout } = this;
    await mkdir(join(folder, "log"), { recursive: true });
    await mkdir(join(folder, "state"), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, "bin"));
    for (const name of binaryNames) await symlink(await binary(name), join(folder, "bin", name));
    await linkContainerd(join(folder, "bin"));
    await copyImageStore(store, join(folder, "data/containerd"));
    await writeConfiguration(layout);
    await this.startInit();
    await this.startForward();
    detail("waiting for the API server");
    await this.step(() => access(join(folder, "secrets/apiserver/apiserver.crt")));
    await writeFile(join(folder, "kubeconfig"), await administratorKubeconfig(layout), { mode: 0o600 });
    await this.step(() => this.kubectl(["get", "--raw", "/readyz"]));
    detail("waiting for the node");
    const definitions = await gatewayApiDefinitions();
    await this.step(() => this.kubectl(["apply", "--server-side", "-f", "-"], definitions));
    await this.step(() => this.kubectl(["apply", "--server-side", "-f", "-"], this.manifests()));
    await this.step(() =>
      this.kubectl(["wait", "--for=condition=Ready", "node", layout.nodeName, "--timeout=2s"]),
    );
    detail("waiting for the ingress controller");
    await this.kubectl([
      "--namespace",
      "ingress",
      "rollout",
      "status",
      "deployment/traefik",
      "--timeout=120s",
    ]);
    await this.step(async () => {
      await (await fetch(`http://127.0.0.1:${String(this.instance.port)}/ping`)).text();
    });
  }

  private async startInit(): Promise<void> {
    const { folder, layout } = this;
    const log = openSync(join(folder, "log/init.log"), "a");
    const unshare = spawn(
      "unshare",
      [
        ..."--mount --net --pid --uts --ipc --fork --mount-proc --kill-child".split(" "),
        ...["bash", join(__dirname, "init.sh")],
      ],
      {
        detached: true,
        cwd: folder,
        stdio: ["ignore", log, log],
        env: {
          PATH: process.env["PATH"],
          HOME: folder,
          NODE_DIR: folder,
          NODE_NAME: layout.nodeName,
          NODE_IP: layout.nodeIp,
          HOST_IP: layout.hostIp,
          BIN_DIR: join(folder, "bin"),
          POD_CIDR,
          SERVICE_CIDR,
          DNS_IP,
          ETCD_PORT: "2379",
          HELPER_IMAGE: layout.helperImage,
        },
      },
    );
    unshare.unref();
    await this.remember(unshare.pid);
    const init = await this.step(async () => {
      return firstChild(
        await readFile(`/proc/${String(unshare.pid)}/task/${String(unshare.pid)}/children`, "utf8"),
      );
    });
    await this.remember(init);
    await run("ip", [
      "link",
      "add",
      this.device,
      "type",
      "veth",
      "peer",
      "name",
      "node0",
      "netns",
      String(init),
    ]);
    await run("ip", ["address", "add", `${layout.hostIp}/24`, "dev", this.device]);
    await run("ip", ["link", "set", this.device, "up"]);
  }

  private async startForward(): Promise<void> {
    const log = openSync(join(this.folder, "log/forward.log"), "a");
    const { port, tlsPort } = this.instance;
    const pairs = [
      [port, INGRESS_HOST_PORTS.web],
      [tlsPort, INGRESS_HOST_PORTS.websecure],
    ].map(([here, there]) => `127.0.0.1:${String(here)}=${this.layout.nodeIp}:${String(there)}`);
    const forward = spawn(await binary("forward"), pairs, { detached: true, stdio: ["ignore", log, log] });
    forward.unref();
    await this.remember(forward.pid);
  }

  private kubectl(args: readonly string[], input?: string): Promise<string> {
    const kubernetes = join(this.folder, "bin/kubernetes");
    const options = input === undefined ? {} : { input };
    return run(kubernetes, ["kubectl", "--kubeconfig", join(this.folder, "kubeconfig"), ...args], options);
  }

  private manifests(): string {
    const values: Record<string, string> = {
      NODE_IP: this.layout.nodeIp,
      DNS_IP,
      TRAEFIK_IMAGE: imageNames.traefik,
    };
    const folder = join(__dirname, "manifests");
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("---\n")
      .replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? "");
  }

  /** Waits for a step of the start; gives up as soon as the node has ended. */
  private step<T>(attempt: () => Promise<T>): Promise<T> {
    return eventually(attempt, { giveUp: async () => !(await this.isRunning()) });
  }

  /** The cause of a failed start, with the tail of each server's log; copies the logs to where a person finds them. */
  private async explain(error: unknown): Promise<unknown> {
    const logs = join(this.folder, "log");
    const files = await readdir(logs).catch(() => []);
    if (files.length === 0) return error;
    const kept = join(workFolder(this.instance.name), "log");
    await rm(kept, { recursive: true, force: true });
    await cp(logs, kept, { recursive: true });
    const logTails = await Promise.all(
      files.map(async (file) => {
        const lines = (await readFile(join(logs, file), "utf8")).trimEnd().split("\n");
        return `${file}: ${lines.at(-1) ?? ""}`.slice(0, 400);
      }),
    );
    const reason = errorMessage(error);
    return new Failure(
      [`The node did not start: ${reason}`, ...logTails, `The logs are in ${kept}.`].join("\n"),
    );
  }

  private async record(): Promise<NodeRecord> {
    const text = await readFile(join(this.folder, "record.json"), "utf8").catch(() => undefined);
    return text === undefined ? { checkout: "", processes: [] } : (JSON.parse(text) as NodeRecord);
  }

  private async remember(pid: number | undefined): Promise<void> {
    if (pid === undefined) throw new Failure("A process of the node could not be started.");
    const { processes } = await this.record();
    const record: NodeRecord = { checkout: process.cwd(), processes: [...processes, recordOf(pid)] };
    await writeFile(join(this.folder, "record.json"), JSON.stringify(record));
  }
}

/** The node's ports that the ingress controller's pod listens on, by the names of its entry points. */
const INGRESS_HOST_PORTS = { web: 8080, websecure: 8443 };

/** @throws {Failure} while there is none. */
function firstChild(children: string): number {
  const [first = ""] = children.trim().split(" ");
  if (first === "") throw new Failure("the node's first process has not started");
  return Number(first);
}

const CGROUPS = "/sys/fs/cgroup";

/** Control groups outlive their processes: removes the empty ones of these containers, on cgroup v1 and v2. */
async function removeCgroups(containers: readonly string[]): Promise<void> {
  const controllers = await readdir(CGROUPS, { withFileTypes: true });
  const roots = [
    CGROUPS,
    ...controllers.filter((entry) => entry.isDirectory()).map(({ name }) => join(CGROUPS, name)),
  ];
  for (const root of roots) {
    // The last one stays while another node has containers.
    const folders = [...containers.map((container) => join(root, "k8s.io", container)), join(root, "k8s.io")];
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
  }
}
