import { ClusterRole } from "@pulumi/kubernetes/rbac/v1";
import type { ComponentResource } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random/randomString";

/** Whose gateway this is: a value of no meaning, and another one for each. */
const claimAnnotation = "portcullis-gateway";

/**
 * A role that grants nothing, which a second gateway cannot make before it has changed anything: the rule operator
 * serves the whole cluster. Where the provider takes over what exists already, the claim is what it fails on.
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
