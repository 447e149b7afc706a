import { Service } from "@pulumi/kubernetes/core/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { notAwaited } from "./awaiting";
import { podLabels, type Annotations, type Labels, type Role } from "./labels";

export interface ServiceArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly role: Role;
  readonly port: {
    readonly name: string;
    /** The same inside and outside. */
    readonly number: number;
    /** @default `name`, the container's port */
    readonly target?: string;
    /** @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol */
    readonly appProtocol?: string;
  };
  /**
   * What it is annotated with for whatever leads to it.
   * @default none
   */
  readonly annotations?: Annotations | undefined;
}

/**
 * A Service of one port under a fixed name, which other pods use as its DNS name. Nothing waits until it has pods:
 * their Deployment is waited for, and what needs only the name starts at the same time.
 */
export function createService(name: string, args: ServiceArgs, opts: CustomResourceOptions): Service {
  const { namespace, labels, role, port, annotations } = args;
  const { appProtocol } = port;
  return new Service(
    name,
    {
      metadata: { name, namespace, labels, annotations: { ...annotations, ...notAwaited } },
      spec: {
        selector: podLabels(role),
        ports: [
          {
            name: port.name,
            port: port.number,
            targetPort: port.target ?? port.name,
            ...(appProtocol !== undefined && { appProtocol }),
          },
        ],
      },
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
