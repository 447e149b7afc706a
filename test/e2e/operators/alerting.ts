import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../../cli/shared/eventually";
import type { DevCluster } from "../../../dev/devCluster";
import { kubectl } from "../../../dev/kubectl";
import { alerts } from "../../../documents/prometheus/alerts";
import type { End } from "../failures";
import type { PrometheusOperator, ToldAlert } from "./prometheusOperator";

/**
 * A test should not wait half a minute for a scrape, nor minutes for an alert. But with few requests, a share goes up and
 * down in the first seconds, as answers to the requests that wait for Kratos come several at once.
 */
const SCRAPE_INTERVAL = "1s";
const PATIENCE = "10s";
/**
 * The window of rates here, so that they recover soon after a failure. Each readiness check must fall into it, and on a busy
 * machine may come 20 seconds after the one before.
 */
const SHORT_WINDOW = "[40s]";
const SECONDS_BEHIND = [/ > 60$/, " > 6"] as const;
/** Longer than the rule server lets a proxy wait. */
const SECONDS_UNANSWERED = [/ > 120$/, " > 15"] as const;
/** A kubelet looks at volumes once a minute, unless it is configured otherwise. */
const SECONDS_OF_AN_ALERT = 200;

/** Alerts that a test looks at. */
export type Chosen = (alert: ToldAlert) => boolean;

/** All except those about a volume, which depend on the machine's own disk. */
export const notOfVolumes: Chosen = ({ labels }) => !labels.alertname.startsWith("PortcullisVolume");

/** Alerts of one volume. */
export function ofVolume(claim: string): Chosen {
  return (alert) => !notOfVolumes(alert) && alert.labels.persistentvolumeclaim === claim;
}

/** The alerts of one gateway, from its own objects until they come to the Alertmanager. */
export class Alerting {
  constructor(
    private readonly cluster: DevCluster,
    private readonly operator: PrometheusOperator,
    private readonly namespace: string,
  ) {}

  /** Shortens the waits in the gateway's own objects, before the operator's Prometheus reads them. */
  async hasten(): Promise<void> {
    await this.patch("servicemonitor", [replaced("/spec/endpoints/0/interval", SCRAPE_INTERVAL)]);
    const hastened = alerts({ namespace: this.namespace }).flatMap(({ expr }, index) => {
      const rule = `/spec/groups/0/rules/${index}`;
      const soon = expr
        .replaceAll(/\[\d+m\]/g, SHORT_WINDOW)
        .replace(...SECONDS_BEHIND)
        .replace(...SECONDS_UNANSWERED);
      return [replaced(`${rule}/for`, PATIENCE), replaced(`${rule}/expr`, soon)];
    });
    await this.patch("prometheusrule", hastened);
  }

  /**
   * Waits until all is well, for the alerts of a failure, and for their end.
   *
   * @param fail begins the failure, and returns what ends it
   * @param chosen which alerts are looked at
   */
  async tellsOnce(
    expected: readonly string[],
    fail: () => Promise<End>,
    chosen: Chosen = notOfVolumes,
  ): Promise<void> {
    const begun = new Map<string, Set<string>>();
    const received = async () => {
      const now = (await this.operator.received()).filter(chosen);
      for (const { labels, startsAt } of now) {
        const { alertname, ...others } = labels;
        const one = `${alertname} ${JSON.stringify(others)}`;
        begun.set(one, (begun.get(one) ?? new Set()).add(startsAt));
      }
      return namesOf(now);
    };
    const are = async (names: readonly string[]) => {
      assert.deepEqual(await received(), names);
    };
    const seconds = SECONDS_OF_AN_ALERT;
    await eventually(() => are([]), { seconds });
    begun.clear();
    const end = await fail();
    await eventually(() => are(expected), { seconds }).finally(end);
    await eventually(() => are([]), { seconds });
    // No event is what is looked for: that none begins again.
    await sleep(1000);
    await are([]);
    for (const [alert, times] of begun) {
      assert.equal(times.size, 1, `${alert} began more than once: ${[...times].join(", ")}`);
    }
  }

  private async patch(kind: string, operations: readonly object[]): Promise<void> {
    const of = ["-n", this.namespace];
    const name = (await kubectl(this.cluster, ["get", kind, ...of, "-o", "name"])).trim();
    await kubectl(this.cluster, ["patch", name, ...of, "--type=json", "--patch", JSON.stringify(operations)]);
  }
}

/** Each name once. */
export function namesOf(told: readonly ToldAlert[]): string[] {
  return [...new Set(told.map(({ labels }) => labels.alertname))].sort();
}

function replaced(path: string, value: string): object {
  return { op: "replace", path, value };
}
