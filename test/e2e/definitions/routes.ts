import { kubectl } from "../../../dev/kubectl";
import type { DevCluster } from "../../../dev/cluster";
import { eventually } from "../../../cli/shared/eventually";

/** Kinds of routes that the test clusters' own ingress controller does not bring with it. */
const kinds = [
  { group: "gateway.networking.k8s.io", kind: "TLSRoute", version: "v1alpha2" },
  { group: "gateway.networking.k8s.io", kind: "TCPRoute", version: "v1alpha2" },
  { group: "traefik.io", kind: "IngressRoute", version: "v1alpha1" },
  { group: "traefik.io", kind: "IngressRouteTCP", version: "v1alpha1" },
  { group: "traefik.containo.us", kind: "IngressRoute", version: "v1alpha1" },
  { group: "projectcontour.io", kind: "HTTPProxy", version: "v1" },
  { group: "networking.istio.io", kind: "VirtualService", version: "v1" },
  { group: "k8s.nginx.org", kind: "VirtualServer", version: "v1" },
  { group: "route.openshift.io", kind: "Route", version: "v1" },
] as const;

/** Their API groups. */
export const routeGroups = [...new Set(kinds.map(({ group }) => group))];

const names = kinds.map(({ group, kind }) => `${plural(kind)}.${group}`);

/** Installs definitions of these kinds that take any `spec`. */
export async function installRouteDefinitions(cluster: DevCluster): Promise<void> {
  const items = kinds.map(({ group, kind, version }) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural(kind)}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: plural(kind), singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: anything } }],
    },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(cluster, ["apply", "--server-side", "--filename", "-"], list);
  const established = ["wait", "--for=condition=Established", "--timeout=60s"];
  await eventually(() =>
    kubectl(cluster, [...established, ...names.map((name) => `customresourcedefinition/${name}`)]),
  );
}

export async function removeRouteDefinitions(cluster: DevCluster): Promise<void> {
  await kubectl(cluster, ["delete", "customresourcedefinition", "--ignore-not-found", ...names]);
}

const anything = {
  type: "object",
  properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
};

function plural(kind: string): string {
  return kind === "HTTPProxy" ? "httpproxies" : `${kind.toLowerCase()}s`;
}
