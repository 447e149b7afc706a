import { ClusterRole } from "@pulumi/kubernetes/rbac/v1";
import type { ComponentResource } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";

/** Identifies the gateway: a value without a meaning, different for each gateway. */
const claimAnnotation = "portcullis-gateway";

/**
 * A role that grants nothing. Creating it fails for a second gateway before that has changed anything: the rule operator
 * serves the whole cluster. Where the provider takes over existing objects, it fails on the annotation.
 */
export function createOneGatewayGuard(gateway: string, parent: ComponentResource): ClusterRole {
  const name = `${gateway}-only-one-gateway-per-cluster`;
  const claim = new RandomString(name, { length: 16, special: false }, { parent }).result;
  return new ClusterRole(
    name,
    {
      metadata: {
        name: "portcullis-only-one-gateway-per-cluster",
        annotations: { [claimAnnotation]: claim },
      },
    },
    { parent, deleteBeforeReplace: true },
  );
}
