import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../../cli/shared/eventually";
import type { Progress } from "../../../cli/shared/progress";
import type { DevCluster } from "../../../dev/devCluster";
import { applyObjects, kubectl } from "../../../dev/kubectl";
import { moduleFolder, PROMETHEUS_VERSIONS } from "../../../dev/node/binaries";
import { moduleSources } from "../../../dev/node/goModule";
import { prometheusImages, provideImages } from "../../../dev/operators";

const NAMESPACE = "prometheus";
const NAME = "test";
const apiVersion = "monitoring.coreos.com/v1";
const metadata = { name: NAME, namespace: NAMESPACE };
/** What the operator's bundle defines but no object of the tests needs. */
const needless = ["prometheusagents", "scrapeconfigs", "thanosrulers"];

/** The kubelets, whose addresses the operator finds, as most installations scrape them. */
const kubeletMetadata = { ...metadata, name: "kubelet", labels: { release: NAME } };
const kubelets = {
  namespaceSelector: { matchNames: ["kube-system"] },
  selector: { matchLabels: { "app.kubernetes.io/name": "kubelet" } },
  endpoints: [
    {
      port: "https-metrics",
      scheme: "https",
      interval: "1s",
      // A volume's series have its own namespace, not the kubelet's.
      honorLabels: true,
      bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
      tlsConfig: { insecureSkipVerify: true },
    },
  ],
};

/** A scraped pod, as Prometheus reports it. */
export interface ScrapedPod {
  readonly labels: Readonly<Record<"job" | "pod", string>>;
  readonly health: string;
  readonly lastError: string;
}

/** One alert as Prometheus or Alertmanager reports it. */
export interface ToldAlert {
  readonly labels: { readonly alertname: string; readonly persistentvolumeclaim?: string };
  readonly startsAt: string;
}

/** A group of rules, as Prometheus reports it. */
export interface ToldRules {
  readonly rules: readonly { readonly name: string; readonly health: string }[];
}

/** The prometheus-operator on a cluster, as its bundle installs it, with an Alertmanager and a Prometheus that it makes. */
export class PrometheusOperator {
  /** The scraper, as docs/monitoring.md names it. */
  static readonly scraper = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } },
    podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
  };
  /** Labels of the objects that its Prometheus selects. */
  static readonly labels = { release: NAME };

  private constructor(
    private readonly cluster: DevCluster,
    private readonly bundle: Bundle,
  ) {}

  static async install(cluster: DevCluster, progress: Progress): Promise<PrometheusOperator> {
    await provideImages(cluster, "prometheusOperator", progress);
    const installed = new PrometheusOperator(cluster, await bundle());
    await progress.phase("install the prometheus-operator", () => installed.apply());
    return installed;
  }

  /** Has the operator create a Prometheus of all objects that exist for it now, and waits until it responds. */
  async scrape(): Promise<void> {
    const chosen = { matchLabels: PrometheusOperator.labels };
    const spec = {
      version: PROMETHEUS_VERSIONS.prometheus,
      image: prometheusImages.prometheus,
      serviceAccountName: "prometheus",
      evaluationInterval: "1s",
      serviceMonitorSelector: chosen,
      serviceMonitorNamespaceSelector: {},
      ruleSelector: chosen,
      ruleNamespaceSelector: {},
      alerting: { alertmanagers: [{ namespace: NAMESPACE, name: "alertmanager-operated", port: "web" }] },
    };
    await applyObjects(this.cluster, { apiVersion, kind: "Prometheus", metadata, spec });
    await eventually(() => this.query("vector(1)"));
  }

  /** The current result of a query. */
  async query(text: string): Promise<readonly { readonly metric: Readonly<Record<string, string>> }[]> {
    const { result } = await this.prometheus<{ result: [] }>(`query?query=${encodeURIComponent(text)}`);
    return result;
  }

  async targets(): Promise<readonly ScrapedPod[]> {
    const { activeTargets } = await this.prometheus<{ activeTargets: ScrapedPod[] }>("targets?state=active");
    return activeTargets;
  }

  async rules(): Promise<readonly ToldRules[]> {
    return (await this.prometheus<{ groups: ToldRules[] }>("rules")).groups;
  }

  /** The alerts that are firing or pending in Prometheus. */
  async pending(): Promise<readonly ToldAlert[]> {
    return (await this.prometheus<{ alerts: ToldAlert[] }>("alerts")).alerts;
  }

  /** The alerts that the Alertmanager has received and that are not resolved. */
  async received(): Promise<readonly ToldAlert[]> {
    return this.ask<ToldAlert[]>(`alertmanager-${NAME}-0:9093`, "v2/alerts");
  }

  /** Removes the operator, with every object of its kinds. */
  async remove(): Promise<void> {
    await kubectl(this.cluster, ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
    const { definitions, others } = this.bundle;
    await kubectl(this.cluster, ["delete", "--ignore-not-found", "--filename", "-"], definitions + others);
  }

  private async apply(): Promise<void> {
    await applyObjects(this.cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const apply = ["apply", "--server-side", "--namespace", NAMESPACE, "--filename", "-"];
    await kubectl(this.cluster, apply, this.bundle.definitions);
    // The operator permanently ignores kinds that are not served when it starts.
    await eventually(() => this.assertServed());
    await kubectl(this.cluster, apply, this.bundle.others);
    const spec = { version: PROMETHEUS_VERSIONS.alertmanager, image: prometheusImages.alertmanager };
    await applyObjects(
      this.cluster,
      { apiVersion, kind: "Alertmanager", metadata, spec },
      { apiVersion, kind: "ServiceMonitor", metadata: kubeletMetadata, spec: kubelets },
    );
  }

  private async assertServed(): Promise<void> {
    const answer = await kubectl(this.cluster, ["get", "--raw", `/apis/${apiVersion}`]);
    const { resources } = JSON.parse(answer) as { resources: readonly { readonly name: string }[] };
    const names = resources.map(({ name }) => name);
    const missing = this.bundle.kinds.filter((kind) => !names.includes(kind));
    if (missing.length > 0) throw new Error(`not served yet: ${missing.join(", ")}`);
  }

  private async prometheus<T>(path: string): Promise<T> {
    return (await this.ask<{ data: T }>(`prometheus-${NAME}-0:9090`, `v1/${path}`)).data;
  }

  private async ask<T>(pod: string, path: string): Promise<T> {
    const url = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/proxy/api/${path}`;
    return JSON.parse(await kubectl(this.cluster, ["get", "--raw", url])) as T;
  }
}

/** The objects that install the operator. */
interface Bundle {
  /** Names of its kinds of version v1, as in URLs. */
  readonly kinds: readonly string[];
  readonly definitions: string;
  readonly others: string;
}

/** The bundle of the project's module, and what one of the operator's Prometheuses needs for discovery. */
async function bundle(): Promise<Bundle> {
  const module = "github.com/prometheus-operator/prometheus-operator";
  const sources = await moduleSources(module, moduleFolder("prometheus-operator"));
  const rights = ["service-account", "cluster-role", "cluster-role-binding"].map(
    (part) => `example/rbac/prometheus/prometheus-${part}.yaml`,
  );
  const texts = await Promise.all(
    ["bundle.yaml", ...rights].map((file) => readFile(join(sources, file), "utf8")),
  );
  const objects = texts
    .flatMap((text) => text.split(/^---$/m))
    .filter((object) => !needless.some((kind) => object.includes(`name: ${kind}.monitoring.coreos.com\n`)))
    .map((object) => object.replaceAll("namespace: default\n", `namespace: ${NAMESPACE}\n`));
  const isDefinition = (object: string) => /^kind: CustomResourceDefinition$/m.test(object);
  const definitions = objects.filter(isDefinition);
  return {
    kinds: definitions
      .filter((object) => /^ {2}(?:- | {2})name: v1$/m.test(object))
      .flatMap((object) => /^ {2}name: (\w+)\./m.exec(object)?.[1] ?? []),
    definitions: `${definitions.join("---\n")}---\n`,
    others: objects.filter((object) => !isDefinition(object)).join("---\n"),
  };
}
