import type { Draft } from "./editor";

export const backend = { service: { name: "app", port: { number: 80 } } };
export const gatewayParents = [{ name: "public", namespace: "ingress" }];
export const meshParent = { group: "", kind: "Service", name: "app" };

interface IngressRule {
  readonly host?: string;
  readonly path?: string;
}

/** Ingress rules, each with one path. */
export function ingressSpec(...rules: IngressRule[]): object {
  return {
    rules: rules.map(({ host, path = "/" }) => ({
      ...(host !== undefined && { host }),
      http: { paths: [{ path, pathType: "ImplementationSpecific", backend }] },
    })),
  };
}

export function ingress(...rules: IngressRule[]): Draft {
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", spec: ingressSpec(...rules) };
}

export function httpRoute(spec: object): Draft {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    spec: { parentRefs: gatewayParents, ...spec },
  };
}

export function ingressRoute(match: string): Draft {
  const routes = [{ kind: "Rule", match, services: [{ name: "app", port: 80 }] }];
  return { apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", spec: { routes } };
}

export function manyRoutes(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    match: `Host(\`shop-${index}.example.org\`) && (PathPrefix(\`/dashboard\`) || PathPrefix(\`/api\`))`,
  }));
}

export function withSpec(draft: Draft, spec: object): Draft {
  return { ...draft, spec };
}
