import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { courierArguments } from "../../ory/kratos/commands";
import type { IdentityServerArgs } from "../identityServer";
import { labelsOf, podsOf } from "../shared/labels";
import { deploymentSpec } from "../shared/pods";
import { kratosFile, pathOf } from "./files";
import type { KratosPods } from "./pods";

const metricsPort = 9000;

/** One process sends all mail: Kratos does not lock the queue, so a second one would send everything twice. */
export function createCourier(
  identityServer: string,
  { namespace }: IdentityServerArgs,
  pods: KratosPods,
  opts: CustomResourceOptions,
): void {
  const labels = labelsOf(identityServer, "courier");
  const listens = { tcpSocket: { port: "metrics" } };
  const courier = pods.kratos(
    "courier",
    courierArguments(pathOf(kratosFile), metricsPort),
    pods.environment.names,
    {
      ports: [{ name: "metrics", containerPort: metricsPort }],
      startupProbe: { ...listens, periodSeconds: 2, failureThreshold: 60 },
      livenessProbe: { ...listens, periodSeconds: 10 },
      readinessProbe: { ...listens, periodSeconds: 5 },
    },
  );
  new Deployment(
    `${identityServer}-courier`,
    {
      metadata: { namespace, labels },
      spec: deploymentSpec({
        replicas: 1,
        strategy: "Recreate",
        selector: podsOf("courier"),
        labels,
        pod: pods.pod({ containers: [courier] }),
      }),
    },
    opts,
  );
}
