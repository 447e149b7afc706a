import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../dev/kubectl";
import { gatewayUp, type Conditions, type Gateway } from "./gateway";
import { measured, type Measured } from "./statistics";
import { load, requireWrk } from "./wrk";

const SETTLE_SECONDS = 30;
const SAMPLE_SECONDS = 10;
const LOAD_SECONDS = 20;
const MIB = 1024 ** 2;

/** The resources of the gateway's pods, without the demo upstream, the ingress controller and the cluster itself. */
export interface Footprint {
  /** Working set of all containers together, without requests. */
  readonly idleMiB: number;
  readonly spread: Measured;
  /** The same with one pod of each kind: the mean of its replicas. */
  readonly idleOneReplicaMiB: number;
  /** By pod and container. CPU in thousandths of a core. */
  readonly idle: Readonly<Record<string, Use>>;
  /** The same at 32 connections to one service. */
  readonly loaded: Readonly<Record<string, Use>>;
}

interface Use {
  readonly mib: number;
  readonly millicores: number;
}

/** The kubelet's summary of one container. */
interface ContainerStats {
  readonly name: string;
  readonly memory?: { readonly workingSetBytes?: number };
  readonly cpu?: { readonly usageCoreNanoSeconds?: number; readonly time: string };
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly containers?: readonly ContainerStats[];
  }[];
}

/** Measures memory and CPU per container, idle and under load. */
export async function footprint(conditions: Conditions): Promise<Footprint> {
  await requireWrk();
  const gateway = await gatewayUp(conditions);
  const idle: Record<string, Use>[] = [];
  await conditions.progress.phase("footprint: idle", async () => {
    await sleep(SETTLE_SECONDS * 1000);
    for (let turn = 0; turn < conditions.turns; turn += 1) idle.push(await during(gateway, pause));
  });
  const loaded = await conditions.progress.phase("footprint: at 32 connections", () =>
    during(gateway, async () => {
      const host = new URL(gateway.target.service).host;
      await load({ ...gateway, host, path: "/metrics", connections: 32, seconds: LOAD_SECONDS });
    }),
  );
  const totals = measured(idle.map((use) => Object.values(use).reduce((sum, { mib }) => sum + mib, 0)));
  const last = idle.at(-1) ?? {};
  return {
    idleMiB: totals.median,
    spread: totals,
    idleOneReplicaMiB: ofOneReplica(last),
    idle: last,
    loaded,
  };
}

function ofOneReplica(use: Readonly<Record<string, Use>>): number {
  const names = Object.keys(use);
  const replicasOf = (name: string) => names.filter((one) => workloadOf(one) === workloadOf(name)).length;
  return Object.entries(use).reduce((sum, [name, { mib }]) => sum + mib / replicasOf(name), 0);
}

/** `proxy/oathkeeper` from a pod's name, which ends with the hashes of its Deployment and its own, and the container's name. */
export function workloadOf(name: string): string {
  return name.replace(/^portcullis-/, "").replace(/(-[0-9a-f]{8})?-[a-z0-9]+-[a-z0-9]{5}\//, "/");
}

const pause = () => sleep(SAMPLE_SECONDS * 1000);

async function during(gateway: Gateway, work: () => Promise<void>): Promise<Record<string, Use>> {
  const before = await containers(gateway);
  await work();
  const after = await containers(gateway);
  return Object.fromEntries(
    Object.entries(after).map(([name, { memory, cpu }]) => {
      const earlier = before[name]?.cpu;
      const busy = (cpu?.usageCoreNanoSeconds ?? 0) - (earlier?.usageCoreNanoSeconds ?? 0);
      const passed = Date.parse(cpu?.time ?? "") - Date.parse(earlier?.time ?? "");
      return [
        name,
        { mib: (memory?.workingSetBytes ?? NaN) / MIB, millicores: Math.round(busy / 1000 / passed) },
      ];
    }),
  );
}

async function containers({ cluster, target }: Gateway): Promise<Record<string, ContainerStats>> {
  const nodes = (await kubectl(cluster, ["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"])).split(
    " ",
  );
  const found: Record<string, ContainerStats> = {};
  for (const node of nodes) {
    const summary = JSON.parse(
      await kubectl(cluster, ["get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`]),
    ) as Summary;
    for (const { podRef, containers: stats = [] } of summary.pods.filter(
      (pod) => pod.podRef.namespace === target.namespace,
    ))
      for (const one of stats) found[`${podRef.name}/${one.name}`] = one;
  }
  return found;
}
