import { dirname, basename } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import { imageNames } from "../../dev/images";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";

const NAME = "small-disk";
const NODE_VOLUMES = "/volumes";
const SCRATCH = "/small";

/** A volume of a node, which gets a file system of a limited size in place of the node's disk, and back. */
export class SmallDisk {
  private constructor(
    private readonly cluster: DevCluster,
    private readonly folder: string,
    /** Name of its PersistentVolumeClaim. */
    readonly claim: string,
  ) {}

  /** @param pod the only pod that uses the volume */
  static async of(cluster: DevCluster, namespace: string, pod: string): Promise<SmallDisk> {
    const read = async (path: string, ...object: string[]) =>
      (await kubectl(cluster, ["get", ...object, "-n", namespace, "-o", `jsonpath=${path}`])).trim();
    const claim = await read("{.spec.volumes[*].persistentVolumeClaim.claimName}", "pod", pod);
    const volume = await read("{.spec.volumeName}", "persistentvolumeclaim", claim);
    const path = await read("{.spec.local.path}{.spec.hostPath.path}", "persistentvolume", volume);
    const disk = new SmallDisk(cluster, `${NODE_VOLUMES}/${basename(path)}`, claim);
    await applyObjects(cluster, rootOf(dirname(path)));
    await kubectl(cluster, ["wait", "--for=condition=Ready", `pod/${NAME}`, "--timeout=180s"]);
    return disk;
  }

  /** Leaves this many MiB free; nothing may use the volume meanwhile. */
  async shrink(room: number): Promise<void> {
    await this.run(
      `size=$(( $(du -sm ${this.folder} | cut -f1) + ${room} ))`,
      `mkdir ${SCRATCH}`,
      `mount -t tmpfs -o size="$size"m tmpfs ${SCRATCH}`,
      `chmod "$(stat -c %a ${this.folder})" ${SCRATCH}`,
      `chown "$(stat -c %u:%g ${this.folder})" ${SCRATCH}`,
      `cp -a ${this.folder}/. ${SCRATCH}/`,
      `mount -o bind ${SCRATCH} ${this.folder}`,
    );
  }

  /** Fills the free space except for this many MiB. */
  async fillUpTo(left: number): Promise<void> {
    await this.run(
      `room=$(df -m ${this.folder} | tail -n 1 | tr -s " " | cut -d " " -f 4)`,
      `dd if=/dev/zero of=${this.folder}/filler bs=1024k count=$(( room - ${left} )) 2>/dev/null`,
    );
  }

  /** Fills all the free space. */
  async fill(): Promise<void> {
    const room = await this.run(
      `dd if=/dev/zero of=${this.folder}/filler bs=1024k 2>/dev/null || true`,
      `dd if=/dev/zero of=${this.folder}/crumbs bs=4k 2>/dev/null || true`,
      `df -k ${this.folder} | tail -n 1 | tr -s " " | cut -d " " -f 4`,
    );
    if (room.trim() !== "0") throw new Error(`${room} KiB are left`);
  }

  async free(): Promise<void> {
    await this.run(`rm -f ${this.folder}/filler ${this.folder}/crumbs`);
  }

  /** Moves its contents back to the node's disk; nothing may use the volume meanwhile. */
  async restore(): Promise<void> {
    // Whatever mounted it for a pod may release it late.
    await eventually(() => this.run(`umount ${this.folder}`));
    await this.run(`rm -rf ${this.folder}/*`, `cp -a ${SCRATCH}/. ${this.folder}/`);
    await kubectl(this.cluster, ["delete", "pod", NAME, "--grace-period=0", "--force"]);
    await eventually(() => kubectl(this.cluster, ["wait", "--for=delete", `pod/${NAME}`, "--timeout=180s"]));
  }

  private run(...lines: string[]): Promise<string> {
    const script = ["set -eu", ...lines].join("\n");
    return kubectl(this.cluster, ["exec", NAME, "--", "sh", "-c", script]);
  }
}

/** A pod that may mount on the node. */
function rootOf(folder: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: NAME, namespace: "default" },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "root",
          image: imageNames.busybox,
          command: ["sleep", "3600"],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: [{ name: "volumes", mountPath: NODE_VOLUMES, mountPropagation: "Bidirectional" }],
        },
      ],
      volumes: [{ name: "volumes", hostPath: { path: folder } }],
    },
  };
}
