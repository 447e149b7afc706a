import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  /** @default 60 */
  readonly seconds?: number;
  /** Asked after a failed attempt: true when no later attempt can succeed. */
  readonly hopeless?: () => Promise<boolean>;
}

/** Repeats `attempt` until it succeeds. The last failure is thrown when time is up or all hope is lost. */
export async function eventually<T>(attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const deadline = Date.now() + (patience.seconds ?? 60) * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline || (await patience.hopeless?.())) throw error;
    }
    await sleep(100);
  }
}
