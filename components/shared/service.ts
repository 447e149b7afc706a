import { Service } from "@pulumi/kubernetes/core/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { podLabels, type Labels, type Role } from "./labels";

export interface ServiceArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly role: Role;
  /** The same number inside and outside; `name` is the container's port. */
  readonly port: { readonly name: string; readonly number: number };
}

/**
 * A Service of one port under a fixed name, which other pods know as its DNS name. Nothing waits until it has pods: their
 * Deployment is waited for, and what needs only the name starts beside it.
 */
export function createService(name: string, args: ServiceArgs, opts: CustomResourceOptions): Service {
  const { namespace, labels, role, port } = args;
  return new Service(
    name,
    {
      metadata: { name, namespace, labels, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        selector: podLabels(role),
        ports: [{ name: port.name, port: port.number, targetPort: port.name }],
      },
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
