import { applyObjects, kubectl } from "../../../dev/kubectl";
import type { DevCluster } from "../../../dev/devCluster";
import { eventually } from "../../../cli/shared/eventually";

/** Kinds of routes that a test cluster may lack. */
const kinds = [
  { group: "gateway.networking.k8s.io", kind: "TLSRoute", version: "v1" },
  { group: "gateway.networking.k8s.io", kind: "TCPRoute", version: "v1" },
  { group: "traefik.io", kind: "IngressRoute", version: "v1alpha1" },
  { group: "traefik.io", kind: "IngressRouteTCP", version: "v1alpha1" },
  { group: "traefik.containo.us", kind: "IngressRoute", version: "v1alpha1" },
  { group: "projectcontour.io", kind: "HTTPProxy", version: "v1" },
  { group: "networking.istio.io", kind: "VirtualService", version: "v1" },
  { group: "k8s.nginx.org", kind: "VirtualServer", version: "v1" },
  { group: "k8s.nginx.org", kind: "TransportServer", version: "v1" },
  { group: "gateway.nginx.org", kind: "SnippetsFilter", version: "v1alpha1" },
  { group: "gateway.nginx.org", kind: "SnippetsPolicy", version: "v1alpha1" },
  { group: "configuration.konghq.com", kind: "TCPIngress", version: "v1beta1" },
  { group: "route.openshift.io", kind: "Route", version: "v1" },
] as const;

/** Their API groups. */
export const routeGroups = [...new Set(kinds.map(({ group }) => group))];

/** Installs definitions of the kinds that the cluster lacks, which accept any `spec`, and returns their names. */
export async function installRouteDefinitions(cluster: DevCluster): Promise<readonly string[]> {
  const list = ["get", "customresourcedefinitions", "--output", "jsonpath={.items[*].metadata.name}"];
  const existing = (await kubectl(cluster, list)).split(" ");
  const lacking = kinds.filter((one) => !existing.includes(nameOf(one)));
  const items = lacking.map(({ group, kind, version }) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: nameOf({ group, kind }),
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: plural(kind), singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: anything } }],
    },
  }));
  await applyObjects(cluster, ...items);
  const names = lacking.map(nameOf);
  const established = ["wait", "--for=condition=Established", "--timeout=180s"];
  await eventually(() =>
    kubectl(cluster, [...established, ...names.map((name) => `customresourcedefinition/${name}`)]),
  );
  return names;
}

export async function removeRouteDefinitions(cluster: DevCluster, names: readonly string[]): Promise<void> {
  await kubectl(cluster, ["delete", "customresourcedefinition", "--ignore-not-found", ...names]);
}

const anything = {
  type: "object",
  properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
};

function nameOf({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `${plural(kind)}.${group}`;
}

function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith("y")) return `${name.slice(0, -1)}ies`;
  return name.endsWith("s") ? `${name}es` : `${name}s`;
}
