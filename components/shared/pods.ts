import type { Input } from "@pulumi/pulumi";
import type { apps, batch, core } from "@pulumi/kubernetes/types/input";
import type { AutoscalingArgs } from "./autoscaling";
import type { Images } from "./images";
import type { Labels } from "./labels";
import { patched, type Patch } from "./patch";

/** A container as its component writes it; the hardening is added by {@link container}. */
export interface ContainerArgs extends Omit<core.v1.Container, "securityContext" | "resources"> {
  readonly image: Input<string>;
  readonly resources: core.v1.ResourceRequirements;
}

/** A container that cannot gain privileges and writes only to its volumes. */
export function container(args: ContainerArgs): core.v1.Container {
  return {
    ...args,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
  };
}

/** A container that starts before the others and, when the pod ends, stops after them. */
export function sidecar(args: ContainerArgs): core.v1.Container {
  return { ...container(args), restartPolicy: "Always" };
}

export interface PodArgs extends Omit<core.v1.PodSpec, "securityContext" | "imagePullSecrets"> {
  /** The numeric user and group of every container. */
  readonly user: number;
  readonly images: Images;
}

/**
 * A pod that meets the "restricted" pod security standard. It has no service account token and no service environment
 * variables: Kratos would read the latter as configuration.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podSpec({ user, images, ...spec }: PodArgs): core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: images.pullSecrets.map((name) => ({ name })),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...spec,
  };
}

/** Whether there may be several pods at a time. */
export function mayBeSeveral(replicas: number, autoscaling: AutoscalingArgs | undefined): boolean {
  return replicas > 1 || autoscaling !== undefined;
}

export interface DeploymentArgs {
  readonly replicas: number;
  /** @default always as many */
  readonly autoscaling?: AutoscalingArgs | undefined;
  readonly selector: Labels;
  readonly labels: Labels;
  readonly pod: core.v1.PodSpec;
  /**
   * `Recreate` for what must never run twice.
   * @default "RollingUpdate", a new pod being ready before an old one goes
   */
  readonly strategy?: "RollingUpdate" | "Recreate";
  readonly patch?: Patch | undefined;
}

/** A Deployment that never has fewer ready pods than asked for, spread over the nodes. */
export function deploymentSpec(args: DeploymentArgs): apps.v1.DeploymentSpec {
  const spread: core.v1.TopologySpreadConstraint = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: args.selector },
  };
  const spec = {
    replicas: args.replicas,
    revisionHistoryLimit: 3,
    strategy:
      args.strategy === "Recreate"
        ? { type: "Recreate" }
        : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: args.selector },
    template: {
      metadata: { labels: args.labels },
      spec: {
        ...args.pod,
        ...(mayBeSeveral(args.replicas, args.autoscaling) && { topologySpreadConstraints: [spread] }),
      },
    },
  };
  return patched(spec, args.patch);
}

/** For the pods of a Job: a container that fails is not started again in its pod, so the log of each attempt stays. */
export const newPodForEachAttempt = { restartPolicy: "Never" } as const satisfies Partial<core.v1.PodSpec>;

export interface CronJobArgs {
  readonly when: Pick<batch.v1.CronJobSpec, "schedule" | "suspend" | "timeZone">;
  /** How late a run may begin. Without it a CronJob that has missed a hundred times never starts again. */
  readonly startingDeadlineSeconds: number;
  /** How many failed Jobs stay to be read. */
  readonly failedJobs: number;
  readonly job: Required<Pick<batch.v1.JobSpec, "backoffLimit" | "activeDeadlineSeconds">>;
  readonly labels: Labels;
  readonly pod: core.v1.PodSpec;
  readonly patch: Patch | undefined;
}

/** A CronJob with one run at a time. */
export function cronJobSpec(args: CronJobArgs): batch.v1.CronJobSpec {
  const { failedJobs, job, labels, patch, pod, startingDeadlineSeconds, when } = args;
  const spec = {
    ...when,
    startingDeadlineSeconds,
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: failedJobs,
    jobTemplate: { spec: { ...job, template: { metadata: { labels }, spec: pod } } },
  };
  return patched(spec, patch);
}

/**
 * What a container may put on its node's disk: its log, of which a kubelet keeps 50 MiB by default, and its share of
 * the pod's volumes there. That much is requested, since some platforms use the request as the limit.
 * @see https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation
 */
const disk = ["128Mi", "1Gi"] as const;

/** What a container may use: `[request, limit]`. */
export function resources(cpu: readonly [string, string], memory: readonly [string, string]) {
  return {
    requests: { cpu: cpu[0], memory: memory[0], "ephemeral-storage": disk[0] },
    limits: { cpu: cpu[1], memory: memory[1], "ephemeral-storage": disk[1] },
  } satisfies core.v1.ResourceRequirements;
}

/** Startup, liveness and readiness over HTTP: up to two minutes to start, then restarted after 30 s of silence. */
export function httpProbes(port: string | number, paths: { readonly alive: string; readonly ready: string }) {
  return {
    startupProbe: { httpGet: { path: paths.alive, port }, periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: {
      httpGet: { path: paths.alive, port },
      periodSeconds: 10,
      failureThreshold: 3,
      timeoutSeconds: 5,
    },
    readinessProbe: {
      httpGet: { path: paths.ready, port },
      periodSeconds: 5,
      failureThreshold: 3,
      timeoutSeconds: 5,
    },
  } satisfies Partial<core.v1.Container>;
}

/**
 * Keeps a container serving until the ingress controller has seen that it is about to end.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
export function drain(seconds: number): core.v1.Lifecycle {
  return { preStop: { sleep: { seconds } } };
}
