import { listAt, textAt, type Properties, type Value } from "../../protocol/values";
import type { ApiClient } from "../client";

/** How far an object is on its way to work. */
export type State =
  | { readonly phase: "ready" }
  | { readonly phase: "waiting"; readonly reason: string }
  /** It will not get there without a change. */
  | { readonly phase: "failed"; readonly reason: string };

export type Check = (object: Properties, client: ApiClient) => State | Promise<State>;

export const ready: State = { phase: "ready" };

export function waiting(reason: string): State {
  return { phase: "waiting", reason };
}

export function failed(reason: string): State {
  return { phase: "failed", reason };
}

export function conditionOf(object: Properties, type: string): Value | undefined {
  return listAt(object, "status", "conditions").find((condition) => textAt(condition, "type") === type);
}

export function hasCondition(object: Properties, type: string, status = "True"): boolean {
  return textAt(conditionOf(object, type), "status") === status;
}

/** The reason and message of a condition, for people. */
export function explain(condition: Value | undefined): string {
  return [textAt(condition, "reason"), textAt(condition, "message")].filter(Boolean).join(": ");
}
