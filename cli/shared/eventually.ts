import { setTimeout as sleep } from "node:timers/promises";

/** When to stop trying. */
export interface RetryOptions {
  /**
   * Seconds after which the last failure is thrown.
   * @default 60
   */
  readonly seconds?: number;
  /** Called after a failed attempt: true if no later attempt can succeed. */
  readonly giveUp?: () => Promise<boolean>;
}

/** Repeats `attempt` until it succeeds. Throws the last failure when time is up or `giveUp` returns true. */
export async function eventually<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const deadline = Date.now() + (options.seconds ?? 60) * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline || (await options.giveUp?.())) throw error;
    }
    await sleep(100);
  }
}
