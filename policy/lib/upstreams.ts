import type { networking } from "@pulumi/kubernetes/types/output";
import { protectedServiceLabels } from "../../components/shared/labels";
import { isA, namespaceOf, specOf, type KubernetesObject } from "./objects";
import { perStack, type Made } from "./policy";
import { addressOf, type Target } from "./routes";
import { isSentinel, ruleOf } from "./rules";
import { includes, type LabelMap } from "./selectors";
import { selectorOf, serviceNamed } from "./services";
import { knownOf } from "./unknown";

/** What a stack's Rules put behind the login. */
export interface Upstreams {
  readonly services: readonly Target[];
  readonly pods: readonly { readonly namespace: string; readonly labels: LabelMap }[];
  /** The error if some of them are not known yet. */
  readonly unknown: Error | undefined;
}

export const upstreamsOf = perStack(readUpstreams);

function readUpstreams(made: Made): Upstreams {
  const services = knownOf(made, serviceOfRule);
  const selected = knownOf(services.values, ({ namespace, name }) => {
    const service = serviceNamed(made, namespace, name);
    const labels = service && selectorOf(service);
    return labels && { namespace, labels };
  });
  const isolated = knownOf(made, isolatedPods);
  return {
    services: services.values,
    pods: [...selected.values, ...isolated.values],
    unknown: services.unknown ?? selected.unknown ?? isolated.unknown,
  };
}

function serviceOfRule(object: KubernetesObject): Target | undefined {
  const rule = ruleOf(object);
  const url = rule && !isSentinel(object) ? rule.upstream?.url : undefined;
  return url === undefined ? undefined : addressOf(url, namespaceOf(object));
}

/** The pods to which a ProtectedService allows only the proxy to connect. */
function isolatedPods(object: KubernetesObject): Upstreams["pods"][number] | undefined {
  if (!isA(object, "networking.k8s.io", "NetworkPolicy")) return undefined;
  if (!includes(object.metadata.labels ?? {}, protectedServiceLabels)) return undefined;
  const { podSelector } = specOf<networking.v1.NetworkPolicySpec>(object);
  return { namespace: namespaceOf(object), labels: podSelector?.matchLabels ?? {} };
}
