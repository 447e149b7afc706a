import { found, type Problem } from "../../ory/problem";
import { namespaceOf } from "../lib/objects";
import { containersOf, podsOf, type Container, type PlacedContainer, type Pods } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
export const podSecurity = objectPolicy<{ exemptNamespaces: readonly string[] }>({
  name: "pod-security-restricted",
  description: 'Every pod meets the "restricted" pod security standard.',
  level: "mandatory",
  why: "A pod behind a login still runs what an attacker reaches through it: it must not reach the node.",
  options: {
    exemptNamespaces: {
      type: "array",
      items: { type: "string" },
      description: "Namespaces whose pods need more, `*` standing for anything.",
      default: [],
    },
  },
  *check(object, { exemptNamespaces }) {
    const pods = podsOf(object);
    if (!pods || matchesAny(namespaceOf(object), exemptNamespaces)) return;
    yield* ofEach([podProblems, volumeProblems], (check) => check(pods));
    yield* ofEach(containersOf(pods), (placed) => containerProblems(pods, placed));
  },
});

function* podProblems({ path, spec }: Pods): Generator<Problem> {
  for (const property of ["hostNetwork", "hostPID", "hostIPC"] as const)
    if (spec[property]) yield refused(`${path}.${property}`, true, "shares the node's", "Remove it.");
}

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

function* volumeProblems({ path, spec }: Pods): Generator<Problem> {
  yield* ofEach(spec.volumes ?? [], function* (volume, at) {
    const [kind] = Object.keys(volume).filter((key) => key !== "name" && !allowedVolumes.includes(key));
    if (kind === undefined) return;
    yield refused(
      `${path}.volumes[${at}]`,
      kind,
      "is of a kind that reaches outside the pod",
      `Use ${allowedVolumes.join(", ")}.`,
    );
  });
}

/** What a container's own security context leaves out is the pod's. */
function* containerProblems({ spec }: Pods, { path, container }: PlacedContainer): Generator<Problem> {
  const own = container.securityContext ?? {};
  const ofPod = spec.securityContext ?? {};
  const context = `${path}.securityContext`;
  if (own.privileged) yield refused(`${context}.privileged`, true, "owns the node", "Remove it.");
  if (own.allowPrivilegeEscalation !== false)
    yield refused(
      `${context}.allowPrivilegeEscalation`,
      own.allowPrivilegeEscalation,
      "lets a process gain rights",
      "Write false.",
    );
  yield* capabilityProblems(`${context}.capabilities`, container);
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) !== true)
    yield refused(`${context}.runAsNonRoot`, own.runAsNonRoot, "lets it run as root", "Write true.");
  if ((own.runAsUser ?? ofPod.runAsUser) === 0)
    yield refused(`${context}.runAsUser`, 0, "is root", "Write another user's number.");
  const profile = (own.seccompProfile ?? ofPod.seccompProfile)?.type;
  if (profile !== "RuntimeDefault" && profile !== "Localhost")
    yield refused(
      `${context}.seccompProfile.type`,
      profile,
      "leaves every system call open",
      "Write RuntimeDefault.",
    );
  yield* hostPortProblems(path, container);
}

function* capabilityProblems(path: string, { securityContext }: Container): Generator<Problem> {
  const { drop = [], add = [] } = securityContext?.capabilities ?? {};
  if (!drop.includes("ALL"))
    yield refused(`${path}.drop`, drop, "keeps capabilities of root", 'Write ["ALL"].');
  const added = add.filter((name) => name !== "NET_BIND_SERVICE");
  if (added.length > 0)
    yield refused(`${path}.add`, added, "gives capabilities of root", "Add none but NET_BIND_SERVICE.");
}

function* hostPortProblems(path: string, { ports = [] }: Container): Generator<Problem> {
  for (const [at, { hostPort }] of ports.entries())
    if (hostPort)
      yield refused(`${path}.ports[${at}].hostPort`, hostPort, "opens a port of the node", "Remove it.");
}

function refused(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
