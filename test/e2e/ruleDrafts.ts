import { ruleApiVersion, ruleFinalizer, ruleKind } from "../../documents/oathkeeper/rules";

export const TEAM = "portcullis-admission-test";

interface Handler {
  readonly handler: string;
  readonly config?: object;
}

/** A Rule as a team would write it by hand. */
/** What a test writes of a Rule. */
export interface Draft {
  readonly url: string;
  readonly upstream: string;
  readonly authenticators: readonly Handler[];
  readonly authorizer: Handler;
  readonly mutators: readonly Handler[];
  readonly configMapName?: string;
}

export function ruleOf({ url, upstream, ...handlers }: Draft, namespace = TEAM): object {
  return {
    apiVersion: ruleApiVersion,
    kind: ruleKind,
    metadata: { name: "draft", namespace, finalizers: [ruleFinalizer] },
    spec: { match: { url, methods: ["GET"] }, upstream: { url: upstream, preserveHost: false }, ...handlers },
  };
}

export function hostOf(zone: string): string {
  return zone.split(":")[0] ?? zone;
}
