import {
  CERT_MANAGER_VERSION,
  METRICS_SERVER_VERSION,
  PROMETHEUS_VERSIONS,
  type BinaryName,
} from "./node/binaries";
import type { Progress } from "../cli/shared/progress";
import type { DevCluster } from "./devCluster";
import { imageArchives } from "./images";
import type { ImageRecipe } from "./images/recipe";
import { PATH, staticImage } from "./images/recipes/static";
import { EmbeddedNode } from "./node/embedded";

const { operator, prometheus, alertmanager } = PROMETHEUS_VERSIONS;
const PROMETHEUS_REGISTRY = "quay.io/prometheus";

/** Images that the prometheus-operator's objects name; the operator itself names the others. */
export const prometheusImages = {
  prometheus: `${PROMETHEUS_REGISTRY}/prometheus:${prometheus}`,
  alertmanager: `${PROMETHEUS_REGISTRY}/alertmanager:${alertmanager}`,
} as const;

export const metricsServerImage = `registry.k8s.io/metrics-server/metrics-server:${METRICS_SERVER_VERSION}`;

/** Images of servers that tests run, by project. A new node does not have them. */
export const operatorImages = {
  certManager: ["controller", "webhook", "cainjector"].map((server) =>
    staticImage(
      `quay.io/jetstack/cert-manager-${server}:${CERT_MANAGER_VERSION}`,
      "cert-manager",
      "/cert-manager",
      // One program replaces the three of the real images.
      { User: "1000", Env: [PATH], Entrypoint: ["/cert-manager", server] },
      true,
    ),
  ),
  metricsServer: [
    staticImage(metricsServerImage, "metrics-server", "/metrics-server", {
      User: "65534",
      Env: [PATH],
      Entrypoint: ["/metrics-server"],
    }),
  ],
  prometheusOperator: [
    serverImage(
      `${PROMETHEUS_REGISTRY}-operator/prometheus-operator:${operator}`,
      "prometheus-operator",
      "operator",
    ),
    serverImage(
      `${PROMETHEUS_REGISTRY}-operator/prometheus-config-reloader:${operator}`,
      "prometheus-config-reloader",
    ),
    serverImage(prometheusImages.prometheus, "prometheus"),
    serverImage(prometheusImages.alertmanager, "alertmanager"),
  ],
} as const satisfies Record<string, readonly ImageRecipe[]>;

/** An image like those that Prometheus' project builds. */
function serverImage(name: string, program: BinaryName, command: string = program): ImageRecipe {
  return staticImage(name, program, `/bin/${command}`, {
    User: "65534",
    Env: [PATH],
    Entrypoint: [`/bin/${command}`],
  });
}

/** Provides a cluster with the images of a project, if it cannot pull them. */
export async function provideImages(
  { instance, kind }: DevCluster,
  project: keyof typeof operatorImages,
  progress: Progress,
): Promise<void> {
  if (kind !== "embedded") return;
  const node = new EmbeddedNode(instance, progress);
  await progress.phase(`images of ${project}`, async (detail) => {
    for (const image of await imageArchives(detail, operatorImages[project])) await node.takeImage(image);
  });
}
