import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { mergeOptions, type CustomResourceOptions } from "@pulumi/pulumi";
import { serveArguments } from "../../documents/kratos/commands";
import { kratosHealth, kratosPorts } from "../../documents/kratos/config";
import { healthPath } from "../../documents/nginx/health";
import { frontCommand, frontPorts } from "../../documents/nginx/kratosFront";
import { kratosMetricsPort } from "../../documents/nginx/kratosMetrics";
import type { IdentityServerArgs } from "../identityServer";
import type { Images } from "../shared/images";
import { createAutoscaler, scaledElsewhere } from "../shared/autoscaling";
import { labelsOf, podLabels } from "../shared/labels";
import { container, deploymentSpec, drain, httpProbes, resources } from "../shared/pods";
import { frontFile, kratosFile, pathOf } from "./files";
import { configMount, type KratosPods } from "./pods";

const role = "identity-server";

/** Kratos with an nginx in front of it, which is the only part that browsers reach. */
export function createServer(
  name: string,
  args: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): Deployment {
  const { autoscaling, images, insecureDevMode, metricsFrom, namespace, patch, replicas } = args;
  const labels = labelsOf(name, role);
  const kratos = pods.kratos(
    "kratos",
    serveArguments(pathOf(kratosFile), insecureDevMode),
    pods.environment.names,
    {
      ports: [
        { name: "public", containerPort: kratosPorts.public },
        { name: "admin", containerPort: kratosPorts.admin },
      ],
      ...httpProbes("public", kratosHealth),
      lifecycle: drain(5),
    },
  );
  const deployment = new Deployment(
    name,
    {
      metadata: { namespace, labels },
      spec: deploymentSpec({
        replicas,
        autoscaling,
        selector: podLabels(role),
        labels,
        patch,
        pod: pods.pod({
          terminationGracePeriodSeconds: 60,
          containers: [kratos, front(images, metricsFrom.length > 0)],
          volumes: [...pods.volumes(), { name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
        }),
      }),
    },
    mergeOptions(opts, scaledElsewhere(autoscaling)),
  );
  if (autoscaling) createAutoscaler(name, deployment, { namespace, labels, replicas, autoscaling }, opts);
  return deployment;
}

function front(images: Images, hasMetrics: boolean): core.v1.Container {
  const health = { httpGet: { path: healthPath, port: "front-health" } };
  return container({
    name: "front",
    image: images.references.nginx,
    command: frontCommand(pathOf(frontFile)),
    ports: [
      { name: "front", containerPort: frontPorts.front },
      { name: "front-health", containerPort: frontPorts.health },
      ...(hasMetrics ? [{ name: "metrics", containerPort: kratosMetricsPort }] : []),
    ],
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10 },
    readinessProbe: { ...health, periodSeconds: 5 },
    lifecycle: drain(5),
    // Enough for as many connections as it accepts, each with the largest headers.
    resources: resources(["10m", "500m"], ["16Mi", "512Mi"]),
    volumeMounts: [configMount, { name: "tmp", mountPath: "/tmp" }],
  });
}
