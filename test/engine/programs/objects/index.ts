import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Service } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";

const kinds = { ConfigMap, Deployment, Service };

interface Manifest {
  readonly kind: keyof typeof kinds;
  readonly metadata?: object;
}

/** Kubernetes manifests by the name of their resource. */
const objects = new Config().requireObject<Record<string, Manifest>>("objects");

for (const [name, manifest] of Object.entries(objects)) {
  const Kind: new (name: string, manifest: object) => unknown = kinds[manifest.kind];
  new Kind(name, manifest);
}
