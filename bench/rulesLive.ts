import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool, type Dispatcher } from "undici";
import { askAgain, withReplicas } from "../cli/verify/replicas";
import { podLabels } from "../components/shared/labels";
import { kubectl } from "../dev/kubectl";
import { parseDomain } from "../documents/oathkeeper/hosts";
import { accessRules } from "../documents/oathkeeper/accessRules";
import {
  ruleApiVersion,
  ruleFinalizer,
  ruleKind,
  validatedStatus,
  type Method,
} from "../documents/oathkeeper/ruleSpec";
import { apply, gatewayUp, only, scale, type Conditions, type Gateway } from "./gateway";
import { measured, quantile, type Measured } from "./statistics";
import { selectorOf } from "../cli/shared/pods";
import { load, requireWrk, type LoadResult } from "./wrk";

const REPLICAS = 3;
const RUNS = 30;
const BURST = 100;
const MANY = 1000;
const RELOADS = 20;
/**
 * How often one replica is asked for a rule that is not live yet, and whether over a separate connection. Asking takes processor
 * time that is being measured: a thousand rules are asked for less often, over kept connections, as each new one takes 40 ms.
 */
const ASKING = { few: { everyMs: 50, isAlone: true }, thousand: { everyMs: 500, isAlone: false } } as const;
/** To each replica. */
const CONNECTIONS = 8;
/** Between two requests to one replica: 40 a second. */
const CONSTANT_LOAD_MS = 25;
const LONGEST_SECONDS = 120;
/** The resource type's name for kubectl. */
const RULES = "rules.oathkeeper.ory.sh";
/** The demo's vmagent, which answers its health check. */
const UPSTREAM_URL = "http://vmagent.monitoring.svc:8429";
const part = { "portcullis.local/part": "bench-rules" } as const;

/** How soon a change of a Rule takes effect on every replica of the proxy. */
export interface RulesLive {
  /** 95th percentile over all runs: from the start of kubectl to the right response of the last replica. */
  readonly p95Seconds: number;
  /** Under constant load, while rules were added, changed and deleted in bursts. */
  readonly wrongAnswers: number;
  /** Requests of 32 connections through the ingress controller that did not get a 200, in 20 reloads. */
  readonly failedInReloads: number;
  readonly requestsInReloads: number;
  /** From the start of kubectl with 1,000 new Rules until each is live on every replica. */
  readonly seconds1000: number;
  readonly spread: Readonly<Record<"add" | "change" | "delete", Measured>>;
  readonly burstSeconds: Readonly<Record<"add" | "change" | "delete", number>>;
  /** Responses that were checked under constant load. */
  readonly answers: number;
  /** The growth of the API server's memory with the 1,000 Rules; NaN if it is not a process of this machine. */
  readonly apiServerGrowthMiB: number | null;
}

/** Measures how soon rules are live on three replicas: one by one, in bursts and a thousand at once. */
export async function rulesLive(conditions: Conditions): Promise<RulesLive> {
  await requireWrk();
  const gateway = await gatewayUp(conditions);
  const { cluster, target } = gateway;
  const proxy = await only(cluster, "deployment", target.namespace, podLabels("proxy"));
  await scale(gateway, proxy.metadata.name, REPLICAS);
  try {
    return await withPools(gateway, (replicas) => new Rules(gateway, replicas, conditions).measure());
  } finally {
    await kubectl(cluster, ["delete", RULES, "-n", target.namespace, "-l", selectorOf(part), "--wait=false"]);
    await scale(gateway, proxy.metadata.name, target.replicas);
  }
}

async function withPools<T>(
  { cluster, target }: Gateway,
  use: (replicas: readonly Dispatcher[]) => Promise<T>,
): Promise<T> {
  return withReplicas(cluster, target.namespace, async (urls) => {
    const pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS }).compose(askAgain));
    return use(pools).finally(() => Promise.all(pools.map((pool) => pool.destroy())));
  });
}

class Rules {
  private readonly zone: string;

  constructor(
    private readonly gateway: Gateway,
    private readonly replicas: readonly Dispatcher[],
    private readonly conditions: Conditions,
  ) {
    this.zone = parseDomain(gateway.cluster.instance.domain).name;
  }

  async measure(): Promise<RulesLive> {
    const { progress } = this.conditions;
    const single = await progress.phase(`rules: ${RUNS} runs on ${this.replicas.length} replicas`, () =>
      this.oneByOne(),
    );
    const burst = await progress.phase(`rules: bursts of ${BURST} under constant load`, () => this.burst());
    const reloads = await progress.phase(`rules: ${RELOADS} reloads under load`, () => this.reloads());
    const many = await progress.phase(`rules: ${MANY} at once`, () => this.thousand());
    return {
      p95Seconds: quantile(Object.values(single).flat(), 0.95),
      spread: { add: measured(single.add), change: measured(single.change), delete: measured(single.delete) },
      ...burst,
      ...reloads,
      ...many,
    };
  }

  /** Repeatedly adds a rule, changes it to no longer answer GET, and deletes it. */
  private async oneByOne() {
    const seconds = { add: [] as number[], change: [] as number[], delete: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      const name = `bench-single-${run}`;
      seconds.add.push(await this.until([name], 200, () => this.apply([name])));
      seconds.change.push(await this.until([name], 404, () => this.apply([name], ["POST"])));
      await this.until([name], 200, () => this.apply([name]));
      seconds.delete.push(await this.until([name], 404, () => this.delete([name])));
    }
    return seconds;
  }

  private async burst() {
    const steady = "bench-steady";
    await this.until([steady], 200, () => this.apply([steady]));
    const names = Array.from({ length: BURST }, (_, index) => `bench-burst-${index}`);
    const load = this.constantLoad(steady, names);
    try {
      const burstSeconds = {
        add: await this.until(names, 200, () => this.apply(names)),
        change: await this.until(names, 404, () => this.apply(names, ["POST"])),
        delete: await this.until(names, 404, () => this.delete(names)),
      };
      return { burstSeconds, ...(await load.end()) };
    } finally {
      await load.end();
    }
  }

  /** Asks each replica for a rule that never changes, which must be 200, and for one that does: 200 or 404. */
  private constantLoad(steady: string, changing: readonly string[]) {
    const stop = new AbortController();
    let answers = 0;
    let wrongAnswers = 0;
    const loops = this.replicas.map(async (replica, offset) => {
      for (let turn = offset; !stop.signal.aborted; turn += 1) {
        const other = turn % 2 === 0 ? undefined : changing[turn % changing.length];
        const status = await this.ask(replica, other ?? steady);
        answers += 1;
        if (status !== 200 && !(other !== undefined && status === 404)) wrongAnswers += 1;
        await sleep(CONSTANT_LOAD_MS);
      }
    });
    return {
      end: async () => {
        stop.abort();
        await Promise.all(loops);
        return { answers, wrongAnswers };
      },
    };
  }

  /** Each new Rule makes every replica's nginx reload its configuration. */
  private async reloads() {
    const { origin, cookie, target } = this.gateway;
    const { host, pathname: path } = new URL(target.service);
    const stop = new AbortController();
    const loads: LoadResult[] = [];
    const loading = (async () => {
      while (!stop.signal.aborted)
        loads.push(await load({ origin, host, path, cookie, connections: 32, seconds: 5 }));
    })();
    try {
      for (let reload = 0; reload < RELOADS; reload += 1) {
        const name = `bench-reload-${reload}`;
        await this.until([name], 200, () => this.apply([name]));
      }
    } finally {
      stop.abort();
      await loading;
    }
    const sum = (field: "non200" | "socketErrors" | "requests") =>
      loads.reduce((total, one) => total + one[field], 0);
    return { failedInReloads: sum("non200") + sum("socketErrors"), requestsInReloads: sum("requests") };
  }

  private async thousand() {
    const names = Array.from({ length: MANY }, (_, index) => `bench-many-${index}`);
    const before = await apiServerMiB();
    const seconds1000 = await this.until(names, 200, () => this.apply(names), "thousand");
    const after = await apiServerMiB();
    return { seconds1000, apiServerGrowthMiB: before === null || after === null ? null : after - before };
  }

  /** Seconds from the start of the change until every replica returns this status for every rule. */
  private async until(
    names: readonly string[],
    status: number,
    change: () => Promise<void>,
    asking: keyof typeof ASKING = "few",
  ): Promise<number> {
    const started = performance.now();
    const deadline = started + LONGEST_SECONDS * 1000;
    const { everyMs, isAlone } = ASKING[asking];
    const changed = change();
    await Promise.all(
      this.replicas.map(async (replica, number) => {
        for (const name of names)
          while ((await this.ask(replica, name, isAlone)) !== status) {
            if (performance.now() > deadline)
              throw new Error(`replica ${number}: ${name} is never ${status}`);
            await sleep(everyMs);
          }
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    await changed;
    return seconds;
  }

  /**
   * @param isAlone uses a separate connection. When nginx closes one because it has read new rules, the node's forwarding
   * keeps it open to its client for a second: a request on it gets no response for so long. Between pods it closes immediately.
   */
  private async ask(pool: Dispatcher, name: string, isAlone = false): Promise<number> {
    const { cookie, cluster } = this.gateway;
    const host = `${name}.${cluster.instance.domain}`;
    const headers = { host, cookie, accept: "text/html" };
    const { statusCode, body } = await pool.request({
      path: "/health",
      method: "GET",
      headers,
      reset: isAlone,
    });
    await body.dump();
    return statusCode;
  }

  private async apply(names: readonly string[], methods?: [Method]): Promise<void> {
    const { cluster, target } = this.gateway;
    await apply(
      cluster,
      names.map((name) => ({
        apiVersion: ruleApiVersion,
        kind: ruleKind,
        metadata: { name, namespace: target.namespace, labels: part, finalizers: [ruleFinalizer] },
        spec: accessRules({
          scheme: "http",
          domain: parseDomain(cluster.instance.domain),
          hosts: [`${name}.${this.zone}`],
          ...(methods && { methods }),
        })[0].withUpstream(UPSTREAM_URL),
        status: validatedStatus,
      })),
    );
  }

  private async delete(names: readonly string[]): Promise<void> {
    const { cluster, target } = this.gateway;
    await kubectl(cluster, ["delete", RULES, "-n", target.namespace, "--wait=false", ...names]);
  }
}

/** Resident memory of the newest API server among this machine's processes. */
async function apiServerMiB(): Promise<number | null> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => b - a)) {
    const [command, status] = await Promise.all(
      ["cmdline", "status"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
    );
    if (!command?.split("\0").slice(0, 2).includes("kube-apiserver")) continue;
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status ?? "")?.[1]) / 1024;
  }
  return null;
}
