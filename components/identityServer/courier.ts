import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { mergeOptions, output, unsecret, type CustomResourceOptions } from "@pulumi/pulumi";
import { courierArguments } from "../../documents/kratos/commands";
import { kratosVariables } from "../../documents/kratos/environment";
import { smtpPort } from "../../documents/shared/secretText";
import { databaseEgress } from "../database/connection";
import type { IdentityServerArgs, SmtpSettings } from "../identityServer";
import { anyAddress } from "../shared/egress";
import { labelsOf, podLabels } from "../shared/labels";
import { deploymentSpec } from "../shared/pods";
import { createClientPolicy } from "./clientPolicy";
import { kratosFile, pathOf } from "./files";
import type { KratosPods } from "./pods";

const role = "courier";
const metricsPort = 9000;

/** One process sends all mail: Kratos does not lock the queue, so a second one would send everything twice. */
export function createCourier(
  identityServer: string,
  args: IdentityServerArgs,
  { uri }: SmtpSettings,
  pods: KratosPods,
  opts: CustomResourceOptions,
): void {
  const name = `${identityServer}-courier`;
  const mailServer = { to: anyAddress, ports: [unsecret(output(uri).apply(smtpPort))] };
  const policy = createClientPolicy(name, role, [databaseEgress(args.database), mailServer], args, opts);
  const labels = labelsOf(identityServer, role);
  const listens = { tcpSocket: { port: "metrics" } };
  const courier = pods.kratos(
    "courier",
    courierArguments(pathOf(kratosFile), metricsPort),
    pods.environment.names,
    {
      // For the kubelet's probes: in the configuration, the server's admin API is on loopback.
      env: [{ name: kratosVariables.adminHost, value: "0.0.0.0" }],
      ports: [{ name: "metrics", containerPort: metricsPort }],
      startupProbe: { ...listens, periodSeconds: 2, failureThreshold: 60 },
      livenessProbe: { ...listens, periodSeconds: 10 },
      readinessProbe: { ...listens, periodSeconds: 5 },
    },
  );
  new Deployment(
    name,
    {
      metadata: { namespace: args.namespace, labels },
      spec: deploymentSpec({
        replicas: 1,
        strategy: "Recreate",
        selector: podLabels(role),
        labels,
        patch: args.patches?.courier,
        pod: pods.pod({ containers: [courier] }),
      }),
    },
    mergeOptions(opts, { dependsOn: [policy] }),
  );
}
