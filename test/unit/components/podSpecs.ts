import type { Fields, Recorded } from "../mocks";

/** The parts of a pod that the tests check. */
export interface Spec {
  readonly initContainers?: { readonly args: string[] }[];
  readonly containers: {
    readonly name: string;
    readonly resources: { readonly limits: Fields; readonly requests: Fields };
    readonly image: string;
    readonly args: string[];
    readonly env: { readonly name: string; readonly valueFrom: { readonly secretKeyRef: Fields } }[];
  }[];
  readonly imagePullSecrets: Fields[];
  readonly nodeSelector?: Fields;
  readonly securityContext: Fields;
}

/** The pod of a workload. */
export function pod(made: Recorded, name: string, kind: ":Deployment" | ":Job" = ":Deployment"): Spec {
  const { spec } = made.one(kind, name).inputs as unknown as {
    spec: { template: { spec: Spec } };
  };
  return spec.template.spec;
}
