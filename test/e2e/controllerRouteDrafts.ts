import type { Draft } from "./editor";

/** Drafts of the routes that single ingress controllers have for themselves. */
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
