import { once } from "node:events";
import { runningPods } from "../../cli/shared/pods";
import { podLabels } from "../../components/shared/labels";
import type { DevCluster } from "../../dev/devCluster";
import { kubectl } from "../../dev/kubectl";
import { parseDomain } from "../../documents/oathkeeper/hosts";
import { accessRules } from "../../documents/oathkeeper/accessRules";
import { ruleApiVersion, ruleFinalizer, ruleKind } from "../../documents/oathkeeper/ruleSpec";
import { underLoad, type Stream } from "../cluster/load";

const RULES = "rules.oathkeeper.ory.sh";

/** Ends a failure. */
export type End = () => Promise<void>;

/** Ends failures one after the other. */
export function inTurn(ends: readonly End[]): End {
  return async () => {
    for (const end of ends) await end();
  };
}

/** Fills the memory where a pod of the proxy writes its routes. */
export async function fillMemoryOfProxy(cluster: DevCluster, namespace: string): Promise<End> {
  const [pod = ""] = await runningPods(cluster, namespace, podLabels("proxy"));
  const run = (line: string) =>
    kubectl(cluster, ["exec", "-n", namespace, pod, "-c", "nginx", "--", "sh", "-c", line]);
  // Repeatedly: the files of cached decisions, which are in the same memory, are removed after a minute.
  await run(`: >/tmp/filling; while [ -e /tmp/filling ]; do
    for size in 64k 512; do dd if=/dev/zero bs=$size >>/tmp/filler; done
    sleep 0.2
  done >/dev/null 2>&1 &`);
  return async () => {
    await run("rm /tmp/filling; sleep 1; rm /tmp/filler");
  };
}

/** Takes from the rule operator the permission to write to Rules. */
export async function forbidWritesOfOperator(cluster: DevCluster): Promise<End> {
  const labels = Object.entries(podLabels("rules")).map((label) => label.join("="));
  const list = ["get", "clusterrole", "-l", labels.join(","), "-o", "name"];
  const name = (await kubectl(cluster, list)).trim();
  const allow = async (...verbs: readonly string[]) => {
    const patch = JSON.stringify([{ op: "replace", path: "/rules/0/verbs", value: verbs }]);
    await kubectl(cluster, ["patch", name, "--type=json", "--patch", patch]);
  };
  const reading = ["get", "list", "watch"];
  await allow(...reading);
  return () => allow(...reading, "update");
}

interface RuleDraft {
  /** With its domain and port. */
  readonly host: string;
  readonly upstream: string;
  /** @default those that let in who may use a service */
  readonly authenticator?: string;
}

/** Creates a Rule in the gateway's own namespace, where it may name any upstream. */
export async function haveRule(
  cluster: DevCluster,
  namespace: string,
  { host, upstream, authenticator }: RuleDraft,
): Promise<End> {
  const [name = "", ...parents] = host.split(".");
  const domain = parseDomain(parents.join("."));
  const [rule] = accessRules({
    scheme: "http",
    domain,
    hosts: [`${name}.${domain.name}`],
    methods: ["GET"],
  });
  const object = {
    apiVersion: ruleApiVersion,
    kind: ruleKind,
    metadata: { name, namespace, finalizers: [ruleFinalizer] },
    spec: {
      ...rule.withUpstream(upstream),
      ...(authenticator !== undefined && { authenticators: [{ handler: authenticator }] }),
    },
  };
  await kubectl(cluster, ["create", "--filename", "-"], JSON.stringify(object));
  return async () => {
    await kubectl(cluster, ["delete", RULES, name, "--namespace", namespace, "--wait=false"]);
  };
}

/** Sends requests until it is ended. */
export function keepAsking(streams: Readonly<Record<string, Stream>>): End {
  const stop = new AbortController();
  const load = underLoad(streams, async () => {
    await once(stop.signal, "abort");
  });
  return async () => {
    stop.abort();
    await load;
  };
}
