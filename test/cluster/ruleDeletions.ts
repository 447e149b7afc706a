import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { askAgain } from "../../cli/verify/replicas";
import { authority, parseDomain } from "../../documents/oathkeeper/hosts";
import { accessRules } from "../../documents/oathkeeper/accessRules";
import {
  ruleApiVersion,
  ruleFinalizer,
  ruleKind,
  validatedStatus,
  type Method,
} from "../../documents/oathkeeper/ruleSpec";

/** How long a Rule must stay away before the next deletion: longer than it takes to write it back and to publish that. */
const HOLD_MS = 800;
const POLL_MS = 20;
const LIVE_WITHIN_MS = 30_000;

/** Where Rules are deleted, and the replicas of the proxy that must forget them. */
export interface Place {
  /** URL of the API server for an administrator, without a trailing slash. */
  readonly api: string;
  /** The namespace of the Rules. */
  readonly namespace: string;
  /** The gateway's domain, with its port. */
  readonly domain: string;
  /** URL of each replica's port for requests, without a trailing slash. */
  readonly replicas: readonly string[];
  /** Kills the rule operator; resolves when the next one is ready. */
  readonly restartOperator: () => Promise<void>;
}

type Propagation = "Background" | "Foreground" | "Orphan";

/** One way in which Rules are deleted. */
interface Deletion {
  /** How many are deleted at once. @default 1 */
  readonly together?: number;
  /** Finalizers besides the operator's. */
  readonly finalizers?: readonly string[];
  /** Resolves when the two seconds begin. */
  readonly delete: (rules: Rules, names: readonly string[]) => Promise<void>;
  /** What might bring them back afterwards, and what else must hold. */
  readonly afterwards?: (rules: Rules, names: readonly string[]) => Promise<void>;
}

const FOREIGN = "example.com/held";

const byPropagation = (propagation: Propagation): Deletion => ({
  delete: (rules, names) => rules.delete(names, propagation),
});

/** The ways in which Rules are deleted, by their names in a report. */
export const deletions = {
  "in the background": byPropagation("Background"),
  "in the foreground": byPropagation("Foreground"),
  "leaving orphans": byPropagation("Orphan"),
  "two at once, in the foreground": { together: 2, ...byPropagation("Foreground") },
  "held by a foreign finalizer": {
    finalizers: [FOREIGN],
    delete: (rules, names) => rules.delete(names, "Background"),
    afterwards: async (rules, names) => {
      await rules.touchAnother();
      await rules.areGone(names);
      await rules.release(names);
    },
  },
  "and made anew under the same name": {
    delete: async (rules, names) => {
      await rules.delete(names, "Foreground");
      await rules.create(names, ["POST"]);
    },
    afterwards: (rules, names) => rules.areLive(names, "POST", LIVE_WITHIN_MS),
  },
  "while the operator is killed": {
    delete: async (rules, names) => {
      const restarted = rules.place.restartOperator();
      await rules.delete(names, "Foreground");
      await restarted;
    },
  },
} as const satisfies Record<string, Deletion>;

export type DeletionName = keyof typeof deletions;

/**
 * Deletes Rules one after the other, each after the one before has been away from every replica for a while, so that no
 * later change hides a Rule that comes back.
 *
 * @param count how many, in pairs if they are deleted in pairs
 * @returns seconds until each was gone from every replica for good
 */
export async function deleteRules(place: Place, name: DeletionName, count: number): Promise<number[]> {
  const deletion: Deletion = deletions[name];
  const rules = new Rules(place, deletion.finalizers ?? []);
  const { together = 1 } = deletion;
  const prefix = name.replaceAll(/[^a-z]+/g, "-");
  const names = Array.from({ length: count * together }, (_, index) => `deleted-${prefix}-${index}`);
  try {
    await rules.create([...names, rules.another]);
    await rules.areLive(names, "GET", LIVE_WITHIN_MS);
    const seconds: number[] = [];
    for (let index = 0; index < names.length; index += together) {
      const some = names.slice(index, index + together);
      await deletion.delete(rules, some);
      seconds.push(await rules.areGone(some));
      await deletion.afterwards?.(rules, some);
    }
    return seconds;
  } finally {
    await rules.close([...names, rules.another]);
  }
}

/** Rules of a place, each for its own host. */
class Rules {
  /** A Rule that stays. */
  readonly another = "deleted-none";
  private readonly agent = new Agent({ connections: 4 });
  private readonly visitor = this.agent.compose(askAgain);
  private readonly url: string;

  constructor(
    readonly place: Place,
    private readonly finalizers: readonly string[],
  ) {
    this.url = `${place.api}/apis/${ruleApiVersion}/namespaces/${place.namespace}/rules`;
  }

  async create(names: readonly string[], methods: [Method] = ["GET"]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const body = this.manifest(name, methods);
        const deadline = performance.now() + LIVE_WITHIN_MS;
        // While the previous one is still terminating, the name is taken.
        for (;;) {
          const status = await this.send("POST", "", body);
          if (status === 201 || name === this.another) return;
          assert.ok(status === 409 && performance.now() < deadline, `${name} cannot be created: ${status}`);
        }
      }),
    );
  }

  async delete(names: readonly string[], propagationPolicy: Propagation): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const options = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy };
        assert.ok((await this.send("DELETE", `/${name}`, options)) < 300, `${name} cannot be deleted`);
      }),
    );
  }

  /** Makes the operator write its list again. */
  async touchAnother(): Promise<void> {
    const annotations = { touched: String(performance.now()) };
    await this.send("PATCH", `/${this.another}`, { metadata: { annotations } });
  }

  /** Removes every finalizer. */
  async release(names: readonly string[]): Promise<void> {
    for (const name of names) await this.send("PATCH", `/${name}`, { metadata: { finalizers: null } });
  }

  /** Waits until every replica asks for a session, for every Rule. */
  async areLive(names: readonly string[], method: Method, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await Promise.all(
      this.place.replicas.map(async (replica) => {
        for (const name of names)
          while ((await this.ask(replica, name, method)) === 404) {
            assert.ok(performance.now() < deadline, `${name} is not live after ${timeoutMs} ms`);
            await sleep(POLL_MS);
          }
      }),
    );
  }

  /** @returns seconds until no replica knew any of the Rules, and that for good */
  async areGone(names: readonly string[]): Promise<number> {
    const started = performance.now();
    let lastLive = started;
    while (performance.now() < lastLive + HOLD_MS && lastLive < started + LIVE_WITHIN_MS) {
      const answers = this.place.replicas.flatMap((replica) => names.map((name) => this.ask(replica, name)));
      if ((await Promise.all(answers)).some((status) => status !== 404)) lastLive = performance.now();
      await sleep(POLL_MS);
    }
    return (lastLive - started) / 1000;
  }

  /** Deletes all Rules, including those that a foreign finalizer would hold forever. */
  async close(names: readonly string[]): Promise<void> {
    await this.send("DELETE", `?labelSelector=${LABEL}`, {});
    if (this.finalizers.length > 0) await this.release(names);
    await this.agent.close();
  }

  /** Without a session: 401 if a Rule matches, 404 if none does. */
  private async ask(replica: string, name: string, method: Method = "GET"): Promise<number> {
    const domain = parseDomain(this.place.domain);
    const host = authority(`${name}.${domain.name}`, domain);
    const { statusCode, body } = await request(replica, {
      method,
      headers: { host },
      dispatcher: this.visitor,
    });
    await body.dump();
    return statusCode;
  }

  private async send(method: "POST" | "DELETE" | "PATCH", path: string, content: object): Promise<number> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const { statusCode, body } = await request(`${this.url}${path}`, {
      method,
      headers: { "content-type": type },
      body: JSON.stringify(content),
      dispatcher: this.agent,
    });
    await body.dump();
    return statusCode;
  }

  private manifest(name: string, methods: [Method]): object {
    const { domain, namespace } = this.place;
    const host = `${name}.${parseDomain(domain).name}`;
    const [rule] = accessRules({ scheme: "http", domain: parseDomain(domain), hosts: [host], methods });
    return {
      apiVersion: ruleApiVersion,
      kind: ruleKind,
      metadata: {
        name,
        namespace,
        labels: { [LABEL]: "true" },
        finalizers: [ruleFinalizer, ...this.finalizers],
      },
      spec: rule.withUpstream(`http://nothing.${namespace}.svc`),
      status: validatedStatus,
    };
  }
}

const LABEL = "portcullis.local/deleted";
