import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { notAwaited } from "./awaiting";
import type { Labels } from "./labels";

export interface VolumeClaimArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  /** A Kubernetes quantity. */
  readonly storage: string;
  /** @default the cluster's default class */
  readonly storageClass?: string | undefined;
}

/** A volume for one pod at a time, under a fixed name. */
export function createVolumeClaim(
  name: string,
  { namespace, labels, storage, storageClass }: VolumeClaimArgs,
  opts: CustomResourceOptions,
): PersistentVolumeClaim {
  return new PersistentVolumeClaim(
    name,
    {
      metadata: {
        name,
        namespace,
        labels,
        // Many storage classes bind a volume only when a pod asks for it.
        annotations: notAwaited,
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
      },
    },
    opts,
  );
}
