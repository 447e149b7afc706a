import type { Draft } from "./editor";

/** Drafts of the routes that only one ingress controller knows. */
const draftOf = (apiVersion: string, kind: string) => (spec: object) => ({ apiVersion, kind, spec }) as Draft;

export const httpProxy = draftOf("projectcontour.io/v1", "HTTPProxy");
export const virtualService = draftOf("networking.istio.io/v1", "VirtualService");
export const virtualServer = draftOf("k8s.nginx.org/v1", "VirtualServer");
export const openShiftRoute = draftOf("route.openshift.io/v1", "Route");

export function transportServer(spec: object): Draft {
  const listener = { name: "tls-passthrough", protocol: "TLS_PASSTHROUGH" };
  return draftOf("k8s.nginx.org/v1", "TransportServer")({ listener, ...spec });
}

export function tcpIngress(...rules: object[]): Draft {
  const spec = { rules: rules.map((rule) => ({ port: 8443, ...rule })) };
  return draftOf("configuration.konghq.com/v1beta1", "TCPIngress")(spec);
}

const host = "shop.example.org";
const snippets = [{ context: "http", value: "server {}" }];

/** Objects with nginx' own configuration, which can serve other hosts than they name. */
export const withSnippets = [
  ["a VirtualServer", virtualServer({ host, "http-snippets": "server {}" })],
  ["a route of a VirtualServer", virtualServer({ host, routes: [{ "location-snippets": "return 200;" }] })],
  ["a TransportServer", transportServer({ host, streamSnippets: "server {}" })],
  ["a SnippetsFilter", draftOf("gateway.nginx.org/v1alpha1", "SnippetsFilter")({ snippets })],
  ["a SnippetsPolicy", draftOf("gateway.nginx.org/v1alpha1", "SnippetsPolicy")({ snippets })],
] as const;
