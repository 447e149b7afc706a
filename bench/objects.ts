import type { Gateway, KubernetesObject } from "./gateway";

export const part = { "portcullis.local/part": "bench" } as const;

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly object[];
  readonly resources?: object;
  readonly startupProbe?: object | undefined;
  readonly readinessProbe?: object | undefined;
}

export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
        readonly volumes: readonly Volume[];
      };
    };
  };
}

export function service(
  { target }: Pick<Gateway, "target">,
  name: string,
  selector: Readonly<Record<string, string>>,
  port: number,
): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: target.namespace, labels: selector },
    spec: { selector, ports: [{ name: "http", port }] },
  };
}
