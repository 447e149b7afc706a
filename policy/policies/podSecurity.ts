import type { core } from "@pulumi/kubernetes/types/output";
import { found, type Problem } from "../../documents/shared/problem";
import { restrictedPods } from "../lib/frameworks";
import { namespaceOf, type Partially } from "../lib/objects";
import { containersOf, podsOf, type Container, type PlacedContainer, type Pods } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";

/** The security settings that a pod and each of its containers may have. */
type SecurityContext = Pick<
  Partially<core.v1.SecurityContext & core.v1.PodSecurityContext>,
  "runAsNonRoot" | "runAsUser" | "seccompProfile" | "seLinuxOptions" | "appArmorProfile" | "windowsOptions"
>;

export const podSecurity = objectPolicy<{ exemptNamespaces: readonly string[] }>({
  name: "pod-security-restricted",
  description: 'Every pod meets the "restricted" pod security standard.',
  level: "mandatory",
  severity: "high",
  why: "A pod behind a login still runs what an attacker reaches through it: it must not reach the node.",
  remediationSteps:
    "Set the securityContext of the pod and its containers as the restricted profile says, or list a namespace whose pods need more in the option exemptNamespaces.",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  framework: restrictedPods,
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
    yield* ofEach([podProblems, sysctlProblems, annotationProblems, volumeProblems], (check) => check(pods));
    yield* ofEach(containersOf(pods), (placed) => containerProblems(pods, placed));
  },
});

function* podProblems({ path, spec }: Pods): Generator<Problem> {
  for (const property of ["hostNetwork", "hostPID", "hostIPC"] as const)
    if (spec[property]) yield refused(`${path}.${property}`, true, "shares the node's", "Remove it.");
  yield* contextProblems(`${path}.securityContext`, spec.securityContext ?? {});
}

/** Sysctls that affect only the pod. */
const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

function* sysctlProblems({ path, spec }: Pods): Generator<Problem> {
  yield* ofEach(spec.securityContext?.sysctls ?? [], function* ({ name = "" }, at) {
    if (!safeSysctls.includes(name))
      yield refused(`${path}.securityContext.sysctls[${at}]`, name, "acts on the node", "Remove it.");
  });
}

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

function* annotationProblems({ path, annotations }: Pods): Generator<Problem> {
  const names = Object.keys(annotations).filter((name) => name.startsWith(appArmorAnnotation));
  yield* ofEach(names, function* (name) {
    const profile = annotations[name] ?? "";
    if (!/^(|runtime\/default|localhost\/.*)$/.test(profile))
      yield refused(
        `${path.replace(/spec$/, "metadata")}.annotations[${JSON.stringify(name)}]`,
        profile,
        "turns AppArmor off",
        "Remove it.",
      );
  });
}

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
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

const appArmorProfiles = ["RuntimeDefault", "Localhost"];
const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/** Settings that are possible at either level. */
function* contextProblems(path: string, context: SecurityContext): Generator<Problem> {
  const { runAsNonRoot, runAsUser, seccompProfile, seLinuxOptions, appArmorProfile, windowsOptions } =
    context;
  if (runAsNonRoot === false)
    yield refused(`${path}.runAsNonRoot`, false, "lets it run as root", "Write true.");
  if (runAsUser === 0) yield refused(`${path}.runAsUser`, 0, "is root", "Write another user's number.");
  if (seccompProfile && !isSeccompProfile(seccompProfile.type))
    yield refused(`${path}.seccompProfile.type`, seccompProfile.type, openCalls, "Write RuntimeDefault.");
  if (appArmorProfile && !appArmorProfiles.includes(appArmorProfile.type ?? ""))
    yield refused(`${path}.appArmorProfile.type`, appArmorProfile.type, "turns AppArmor off", "Remove it.");
  for (const property of ["user", "role"] as const)
    if (seLinuxOptions?.[property])
      yield refused(
        `${path}.seLinuxOptions.${property}`,
        seLinuxOptions[property],
        "changes SELinux's limits",
        "Remove it.",
      );
  if (!seLinuxTypes.includes(seLinuxOptions?.type ?? ""))
    yield refused(
      `${path}.seLinuxOptions.type`,
      seLinuxOptions?.type,
      "changes SELinux's limits",
      `Write ${seLinuxTypes.slice(1).join(", ")}, or remove it.`,
    );
  if (windowsOptions?.hostProcess)
    yield refused(`${path}.windowsOptions.hostProcess`, true, "runs on the node itself", "Remove it.");
}

const openCalls = "leaves every system call open";

function isSeccompProfile(type: string | undefined): boolean {
  return type === "RuntimeDefault" || type === "Localhost";
}

function* containerProblems({ spec }: Pods, { path, container }: PlacedContainer): Generator<Problem> {
  const context = `${path}.securityContext`;
  const own = container.securityContext ?? {};
  if (own.privileged)
    yield refused(`${context}.privileged`, true, "gives the container control of the node", "Remove it.");
  if ((own.procMount ?? "Default") !== "Default")
    yield refused(`${context}.procMount`, own.procMount, "exposes the kernel's own files", "Remove it.");
  yield* contextProblems(context, own);
  yield* missingProblems(context, own, spec.securityContext ?? {}, spec.os?.name === "windows");
  yield* hostPortProblems(path, container);
  yield* probeProblems(path, container);
}

/** A container inherits from the pod what its own security context omits. Windows ignores these settings. */
function* missingProblems(
  path: string,
  own: NonNullable<Container["securityContext"]>,
  ofPod: SecurityContext,
  isWindows: boolean,
): Generator<Problem> {
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === undefined)
    yield refused(`${path}.runAsNonRoot`, undefined, "lets it run as root", "Write true.");
  if (isWindows) return;
  if (!(own.seccompProfile ?? ofPod.seccompProfile))
    yield refused(`${path}.seccompProfile.type`, undefined, openCalls, "Write RuntimeDefault.");
  const { allowPrivilegeEscalation } = own;
  if (allowPrivilegeEscalation !== false)
    yield refused(
      `${path}.allowPrivilegeEscalation`,
      allowPrivilegeEscalation,
      "lets a process gain privileges",
      "Write false.",
    );
  const { drop = [], add = [] } = own.capabilities ?? {};
  if (!drop.includes("ALL"))
    yield refused(`${path}.capabilities.drop`, drop, "keeps capabilities of root", 'Write ["ALL"].');
  const added = add.filter((name) => name !== "NET_BIND_SERVICE");
  if (added.length > 0)
    yield refused(
      `${path}.capabilities.add`,
      added,
      "gives capabilities of root",
      "Add only NET_BIND_SERVICE.",
    );
}

function* hostPortProblems(path: string, { ports = [] }: Container): Generator<Problem> {
  yield* ofEach(ports, function* ({ hostPort }, at) {
    if (hostPort)
      yield refused(`${path}.ports[${at}].hostPort`, hostPort, "opens a port of the node", "Remove it.");
  });
}

/** The node sends probes: a probe with a host of its own reaches addresses that the pod cannot. */
function* probeProblems(path: string, container: Container): Generator<Problem> {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle = {} } = container;
  const handlers = {
    livenessProbe,
    readinessProbe,
    startupProbe,
    "lifecycle.postStart": lifecycle.postStart,
    "lifecycle.preStop": lifecycle.preStop,
  };
  for (const [property, handler] of Object.entries(handlers))
    for (const kind of ["httpGet", "tcpSocket"] as const) {
      const host = handler?.[kind]?.host;
      if (host)
        yield refused(
          `${path}.${property}.${kind}.host`,
          host,
          "lets the node ask another host",
          "Remove it.",
        );
    }
}

function refused(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
