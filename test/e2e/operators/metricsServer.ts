import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { eventually } from "../../../cli/shared/eventually";
import type { Progress } from "../../../cli/shared/progress";
import type { DevCluster } from "../../../dev/devCluster";
import { kubectl } from "../../../dev/kubectl";
import { moduleFolder } from "../../../dev/node/binaries";
import { EmbeddedNode } from "../../../dev/node/embedded";
import { moduleSources } from "../../../dev/node/goModule";
import { metricsServerImage, provideImages } from "../../../dev/operators";

const NAME = "metrics-server";
const NAMESPACE = NAME;
const MODULE = "sigs.k8s.io/metrics-server";
const API = "apis/metrics.k8s.io/v1beta1";
const API_SERVICE = "apiservice/v1beta1.metrics.k8s.io";
const LABELS = { "k8s-app": NAME };
const CLIENT = "kubelet-client";
const CLIENT_FOLDER = "/kubelet-client";
const RBAC = "rbac.authorization.k8s.io";

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly containers: readonly { readonly usage: { readonly cpu: string } }[];
}

/** The source of `metrics.k8s.io`: the cluster's own, or metrics-server as its project's manifests install it. */
export class MetricsServer {
  private constructor(
    private readonly cluster: DevCluster,
    private readonly installed: string | undefined,
  ) {}

  static async install(cluster: DevCluster, progress: Progress): Promise<MetricsServer> {
    const isServed = await kubectl(cluster, ["get", API_SERVICE]).then(
      () => true,
      () => false,
    );
    if (isServed) return new MetricsServer(cluster, undefined);
    await provideImages(cluster, "metricsServer", progress);
    const objects = await manifests(cluster, progress);
    await progress.phase("install metrics-server", async () => {
      const namespace = stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
      await apply(cluster, namespace);
      await apply(cluster, objects);
    });
    return new MetricsServer(cluster, objects);
  }

  /** Waits until it reports metrics of this many pods of a namespace. */
  async tellsOf(namespace: string, pods: number): Promise<void> {
    await eventually(
      async () => {
        const told = Object.keys(await this.cpuOf(namespace)).length;
        if (told < pods) throw new Error(`metrics of ${told} pods, not of ${pods}`);
      },
      { seconds: 120 },
    );
  }

  /** CPU that the pods of a namespace use, by name, in thousandths of a core. */
  async cpuOf(namespace: string): Promise<Record<string, number>> {
    const answer = await kubectl(this.cluster, ["get", "--raw", `/${API}/namespaces/${namespace}/pods`]);
    const { items } = JSON.parse(answer) as { readonly items: readonly PodMetrics[] };
    return Object.fromEntries(
      items.map(({ metadata, containers }) => [
        metadata.name,
        containers.reduce((sum, { usage }) => sum + milliCores(usage.cpu), 0),
      ]),
    );
  }

  /** Removes it, unless the cluster already had it. */
  async remove(): Promise<void> {
    if (this.installed === undefined) return;
    await kubectl(this.cluster, ["delete", "--ignore-not-found", "--filename", "-"], this.installed);
    await kubectl(this.cluster, ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
  }
}

function apply(cluster: DevCluster, objects: string): Promise<string> {
  return kubectl(cluster, ["apply", "--server-side", "--filename", "-"], objects);
}

/** `12345678n`, `12u`, `3m` or cores. */
function milliCores(cpu: string): number {
  const thousandths = { n: 1e-6, u: 1e-3, m: 1 }[cpu.slice(-1)];
  return thousandths === undefined ? Number(cpu) * 1000 : Number(cpu.slice(0, -1)) * thousandths;
}

/** The objects of its project, in a namespace of their own. */
async function manifests(cluster: DevCluster, progress: Progress): Promise<string> {
  const base = join(await moduleSources(MODULE, moduleFolder(NAME)), "manifests/base");
  const files = ["rbac", "service", "deployment", "apiservice"];
  const texts = await Promise.all(files.map((file) => readFile(join(base, `${file}.yaml`), "utf8")));
  const further = cluster.kind === "embedded" ? await forEmbeddedNode(cluster, progress) : undefined;
  const objects = texts
    .flatMap((text) => parseAllDocuments(text))
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null)
    .map((object) => placed(object, further?.args ?? [], further !== undefined));
  return [...objects, ...(further?.objects ?? [])].map((object) => stringify(object)).join("---\n");
}

/** What its kustomization adds: the label, and here our namespace, image and arguments. */
function placed(object: KubernetesObject, args: readonly string[], hasClient: boolean): object {
  const text = JSON.stringify(object);
  // The role of this binding is in kube-system.
  const isBound = object.kind === "RoleBinding";
  const own = JSON.parse(
    isBound
      ? text.replace(/("kind":"ServiceAccount".*?"namespace":)"kube-system"/, `$1"${NAMESPACE}"`)
      : text.replaceAll('"namespace":"kube-system"', `"namespace":"${NAMESPACE}"`),
  ) as KubernetesObject & { spec: Record<string, unknown> };
  switch (own.kind) {
    case "Service":
      return { ...own, spec: { ...own.spec, selector: LABELS } };
    case "Deployment":
      return { ...own, spec: deploymentSpec(own.spec, args, hasClient) };
    default:
      return own;
  }
}

function deploymentSpec(spec: Record<string, unknown>, args: readonly string[], hasClient: boolean): object {
  const { template } = spec as unknown as {
    template: {
      spec: {
        volumes: object[];
        containers: [{ args: string[]; volumeMounts: object[]; readinessProbe: object }];
      };
    };
  };
  const [container] = template.spec.containers;
  const volume = { name: CLIENT, secret: { secretName: CLIENT, defaultMode: 0o444 } };
  return {
    ...spec,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        ...template.spec,
        volumes: [...template.spec.volumes, ...(hasClient ? [volume] : [])],
        containers: [
          {
            ...container,
            image: metricsServerImage,
            args: [...container.args, "--kubelet-insecure-tls", ...args],
            volumeMounts: [
              ...container.volumeMounts,
              ...(hasClient ? [{ name: CLIENT, mountPath: CLIENT_FOLDER, readOnly: true }] : []),
            ],
          },
        ],
      },
    },
  };
}

/**
 * The embedded node's kubelet answers only clients with the API server's certificate. The node's API server presents none
 * to the servers of other APIs: they treat its requests as anonymous.
 */
async function forEmbeddedNode({ instance }: DevCluster, progress: Progress) {
  const { certificate, key } = await new EmbeddedNode(instance, progress).kubeletClient();
  return {
    args: [
      "--authentication-tolerate-lookup-failure",
      `--kubelet-client-certificate=${CLIENT_FOLDER}/tls.crt`,
      `--kubelet-client-key=${CLIENT_FOLDER}/tls.key`,
    ],
    objects: [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: CLIENT, namespace: NAMESPACE },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": certificate, "tls.key": key },
      },
      ...["system:discovery", "system:aggregated-metrics-reader"].map((name) => ({
        apiVersion: `${RBAC}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: `${name}:unauthenticated` },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
        subjects: [{ apiGroup: RBAC, kind: "Group", name: "system:unauthenticated" }],
      })),
    ],
  };
}
