import { found, type Problem } from "../../documents/shared/problem";
import { namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { containersOf, podsOf, type Pods } from "../lib/pods";
import { stackPolicy, type Made } from "../lib/policy";
import { addressOf, type Target } from "../lib/routes";
import { includes, type LabelMap } from "../lib/selectors";
import { isService, podsBehind, selectorOf, type ServiceSpec } from "../lib/services";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";
import { upstreamsOf, type Upstreams } from "../lib/upstreams";

export const internalUpstreams = stackPolicy<{ exempt: readonly string[] }>({
  name: "internal-upstreams",
  description: "No Service, host port or host network leads to the pods of a protected service from outside.",
  level: "mandatory",
  severity: "critical",
  why: "Anyone who reaches the pods of a service without the proxy is not asked to sign in.",
  remediationSteps:
    "Give the Service the type ClusterIP without external addresses and the pods no port of the node, or list what needs no login in the option exempt.",
  url: "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
  options: {
    exempt: {
      type: "array",
      items: { type: "string" },
      description:
        "namespace/name of Services and workloads that may be reached without the login, `*` standing for anything.",
      default: [],
    },
  },
  *check(object, made, { exempt }): Generator<Problem> {
    const pods = podsOf(object);
    if (!pods && !isService(object)) return;
    const problems = [...(pods ? podProblems(pods) : serviceProblems(object, made))];
    if (problems.length === 0) return;
    if (exempt.length > 0 && matchesAny(`${namespaceOf(object)}/${object.metadata.name ?? ""}`, exempt))
      return;
    const upstreams = upstreamsOf(made);
    const isProtected = pods
      ? isUpstreamPod(object, pods, upstreams)
      : isUpstreamService(object, made, upstreams);
    const protects = problems.filter(({ always }) => always ?? isProtected);
    for (const { always, ...problem } of protects) yield problem;
    // It may belong to an upstream that only the update knows.
    if (protects.length === 0 && upstreams.unknown) throw upstreams.unknown;
  },
});

/** A problem if the object belongs to an upstream, or in any case if `always`. */
type Exposure = Problem & { readonly always?: boolean };

const around = "leads to a protected service and bypasses the login";

function* serviceProblems(service: KubernetesObject, made: Made): Generator<Exposure> {
  const spec = specOf<ServiceSpec>(service);
  const { type = "ClusterIP", externalIPs = [], externalName, selector } = spec;
  if (type === "NodePort" || type === "LoadBalancer")
    yield problem("spec.type", type, around, "Write ClusterIP.");
  if (externalIPs.length > 0) yield problem("spec.externalIPs", externalIPs, around, "Remove it.");
  if (type === "ExternalName") {
    const target = addressOf(externalName ?? "", namespaceOf(service));
    const isAlias = target && names(upstreamsOf(made), target);
    yield {
      ...problem(
        "spec.externalName",
        externalName,
        isAlias
          ? "is a second name of a protected service"
          : "leads a Rule to an address that no NetworkPolicy isolates",
        "Select pods of the namespace instead.",
      ),
      ...(isAlias && { always: true }),
    };
  } else if (!selector)
    yield problem(
      "spec.selector",
      selector,
      "leads a Rule to addresses that are written by hand",
      "Select pods of the namespace.",
    );
}

function* podProblems(pods: Pods): Generator<Exposure> {
  if (pods.spec.hostNetwork) yield problem(`${pods.path}.hostNetwork`, true, around, "Remove it.");
  yield* ofEach(containersOf(pods), ({ path, container }) =>
    ofEach(container.ports ?? [], function* ({ hostPort }, at) {
      if (hostPort) yield problem(`${path}.ports[${at}].hostPort`, hostPort, around, "Remove it.");
    }),
  );
}

function isUpstreamService(service: KubernetesObject, made: Made, upstreams: Upstreams): boolean {
  const { name } = service.metadata;
  const namespace = namespaceOf(service);
  if (name !== undefined && names(upstreams, { namespace, name })) return true;
  const selector = selectorOf(service);
  if (!selector) return false;
  const behind = podsBehind(service, made).map(({ labels }) => labels);
  return upstreams.pods.some(
    (pods) => pods.namespace === namespace && mayShare(selector, pods.labels, behind),
  );
}

/** Whether two selectors may select the same pod: one contains the other, or a workload has the labels of both. */
function mayShare(one: LabelMap, other: LabelMap, behindOne: readonly LabelMap[]): boolean {
  return includes(one, other) || includes(other, one) || behindOne.some((labels) => includes(labels, other));
}

function isUpstreamPod(object: KubernetesObject, pods: Pods, upstreams: Upstreams): boolean {
  return upstreams.pods.some(
    ({ namespace, labels }) => namespace === namespaceOf(object) && includes(pods.labels, labels),
  );
}

function names({ services }: Upstreams, { namespace, name }: Target): boolean {
  return services.some((service) => service.namespace === namespace && service.name === name);
}

function problem(path: string, value: unknown, reason: string, fix: string): Exposure {
  return { path, value: found(value), reason, fix };
}
