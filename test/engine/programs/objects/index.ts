import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Service, type ConfigMapArgs, type ServiceArgs } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";

type Manifest =
  | ({ readonly kind: "ConfigMap" } & Omit<ConfigMapArgs, "kind">)
  | ({ readonly kind: "Deployment" } & Omit<DeploymentArgs, "kind">)
  | ({ readonly kind: "Service" } & Omit<ServiceArgs, "kind">);

/** Kubernetes manifests by the name of their resource. */
const objects = new Config().requireObject<Record<string, Manifest>>("objects");

for (const [name, manifest] of Object.entries(objects)) {
  switch (manifest.kind) {
    case "ConfigMap":
      new ConfigMap(name, manifest);
      break;
    case "Deployment":
      new Deployment(name, manifest);
      break;
    case "Service":
      new Service(name, manifest);
      break;
  }
}
