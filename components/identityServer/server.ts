import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { serveArguments } from "../../ory/kratos/commands";
import { kratosHealth, kratosPorts } from "../../ory/kratos/config";
import { healthPath, nginxCommand } from "../../ory/nginx/config";
import { kratosMetricsPort } from "../../ory/nginx/kratosMetrics";
import type { IdentityServerArgs } from "../identityServer";
import type { Images } from "../shared/images";
import { labelsOf, podsOf } from "../shared/labels";
import { container, deploymentSpec, drain, httpProbes, resources } from "../shared/pods";
import { kratosFile, metricsFile, pathOf } from "./files";
import { configMount, type KratosPods } from "./pods";

const role = "identity-server";

/** The servers of the public and the admin API. */
export function createServer(
  name: string,
  args: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): Deployment {
  const { images, insecureDevMode, metricsFrom, namespace, patch, replicas } = args;
  const labels = labelsOf(name, role);
  const hasMetrics = metricsFrom.length > 0;
  const kratos = pods.kratos(
    "kratos",
    serveArguments(pathOf(kratosFile), insecureDevMode),
    pods.environment.names,
    {
      ports: [
        { name: "public", containerPort: kratosPorts.public },
        { name: "admin", containerPort: kratosPorts.admin },
      ],
      ...httpProbes("admin", { alive: kratosHealth.alive, ready: kratosHealth.adminReady }),
      lifecycle: drain(5),
    },
  );
  return new Deployment(
    name,
    {
      metadata: { namespace, labels },
      spec: deploymentSpec({
        replicas,
        selector: podsOf(role),
        labels,
        patch,
        pod: pods.pod({
          terminationGracePeriodSeconds: 60,
          containers: hasMetrics ? [kratos, metrics(images)] : [kratos],
          ...(hasMetrics && { volumes: [...pods.volumes(), { name: "tmp", emptyDir: {} }] }),
        }),
      }),
    },
    opts,
  );
}

function metrics(images: Images): core.v1.Container {
  const health = { httpGet: { path: healthPath, port: "metrics" } };
  return container({
    name: "metrics",
    image: images.references.nginx,
    command: nginxCommand(pathOf(metricsFile)),
    ports: [{ name: "metrics", containerPort: kratosMetricsPort }],
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10 },
    readinessProbe: { ...health, periodSeconds: 5 },
    resources: resources(["10m", "200m"], ["8Mi", "64Mi"]),
    volumeMounts: [configMount, { name: "tmp", mountPath: "/tmp" }],
  });
}
