import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, Service } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { Input, Resource } from "@pulumi/pulumi";
import { hostsAnnotation } from "../documents/admission/hosts";
import { nobodyUser } from "../documents/shared/users";
import type { Images } from "../components/shared/images";
import { createImmutableConfigMap } from "../components/shared/immutable";
import type { Labels } from "../components/shared/labels";
import { container, deploymentSpec, podSpec, resources } from "../components/shared/pods";

const NAMESPACE = "monitoring";

interface Server {
  readonly name: string;
  readonly port: number;
  readonly image: string;
  readonly args: readonly string[];
  readonly volumes: readonly core.v1.Volume[];
  readonly volumeMounts: readonly core.v1.VolumeMount[];
}

/**
 * Something to protect: a vmagent, which has no login of its own, that scrapes itself and writes to a victoria-metrics.
 *
 * @see https://docs.victoriametrics.com/vmagent/
 */
export function createDemoUpstream(images: Images): Resource[] {
  // Owns no host, but a Rule leads here: its Services are judged.
  const annotations = { [hostsAnnotation]: "" };
  const namespace = new Namespace(NAMESPACE, { metadata: { name: NAMESPACE, annotations } });
  const inNamespace = namespace.metadata.name;
  const storage = createServer(inNamespace, images, {
    name: "victoria-metrics",
    port: 8428,
    image: images.references.victoriaMetrics,
    args: ["-storageDataPath=/data", "-retentionPeriod=1d"],
    volumes: [{ name: "data", emptyDir: { sizeLimit: "1Gi" } }],
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  });
  const scrape = createImmutableConfigMap("vmagent", {
    metadata: { namespace: inNamespace },
    data: { "scrape.yml": JSON.stringify(scrapeConfig) },
  });
  const agent = createServer(inNamespace, images, {
    name: "vmagent",
    port: 8429,
    image: images.references.vmagent,
    args: [
      "-promscrape.config=/etc/vmagent/scrape.yml",
      "-remoteWrite.url=http://victoria-metrics:8428/api/v1/write",
      "-remoteWrite.tmpDataPath=/buffer",
    ],
    volumes: [
      { name: "scrape", configMap: { name: scrape.metadata.name } },
      { name: "buffer", emptyDir: { sizeLimit: "1Gi" } },
    ],
    volumeMounts: [
      { name: "scrape", mountPath: "/etc/vmagent" },
      { name: "buffer", mountPath: "/buffer" },
    ],
  });
  return [storage, agent];
}

const scrapeConfig = {
  global: { scrape_interval: "10s" },
  scrape_configs: [{ job_name: "vmagent", static_configs: [{ targets: ["127.0.0.1:8429"] }] }],
};

function createServer(namespace: Input<string>, images: Images, { name, port, ...pod }: Server): Service {
  const labels: Labels = { "app.kubernetes.io/name": name };
  const deployment = new Deployment(name, {
    metadata: { name, namespace, labels },
    spec: deploymentSpec({
      replicas: 1,
      selector: labels,
      labels,
      strategy: "Recreate",
      pod: podSpec({
        user: nobodyUser,
        images,
        containers: [
          container({
            name,
            image: pod.image,
            args: [...pod.args, `-httpListenAddr=:${port}`],
            ports: [{ name: "http", containerPort: port }],
            readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 2 },
            livenessProbe: { httpGet: { path: "/health", port: "http" } },
            resources: resources(["20m", "500m"], ["32Mi", "256Mi"]),
            volumeMounts: [...pod.volumeMounts],
          }),
        ],
        volumes: [...pod.volumes],
      }),
    }),
  });
  return new Service(
    name,
    {
      metadata: { name, namespace, labels },
      spec: { selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    { dependsOn: deployment, deleteBeforeReplace: true },
  );
}
