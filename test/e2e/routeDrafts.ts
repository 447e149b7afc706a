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

const aliases = /further hosts, which must be plain names/;

/** Annotations by which an Ingress for another host takes over this host, or all hosts, and the message for each. */
export function annotationsThatTakeHosts(zone: string, host: string) {
  return [
    ["nginx.ingress.kubernetes.io/server-alias", host, aliases],
    ["nginx.ingress.kubernetes.io/server-alias", `shop.example.com, ${host.toUpperCase()}.`, aliases],
    ["nginx.ingress.kubernetes.io/server-alias", "~^.*$", aliases],
    ["nginx.ingress.kubernetes.io/server-alias", "grafana.*", aliases],
    ["nginx.ingress.kubernetes.io/server-alias", `.${zone}`, aliases],
    ["haproxy-ingress.github.io/server-alias", `*.${zone}`, aliases],
    ["haproxy-ingress.github.io/server-alias-regex", "^shop", /own configuration/],
    ["haproxy-ingress.github.io/config-backend", "http-request deny", /own configuration/],
    ["konghq.com/host-aliases", `shop.example.com,${host}`, aliases],
    ["external-dns.alpha.kubernetes.io/hostname", host, aliases],
    ["nginx.ingress.kubernetes.io/server-snippet", "return 200;", /own configuration/],
    ["nginx.ingress.kubernetes.io/configuration-snippet", "return 200;", /own configuration/],
    ["nginx.org/location-snippets", "return 200;", /own configuration/],
    ["haproxy.org/backend-config-snippet", "http-request deny", /own configuration/],
    ["haproxy.org/route-acl", "always_true } or { always_true", /own configuration/],
    ["haproxy-ingress.github.io/redirect-from", host, aliases],
    ["haproxy-ingress.github.io/redirect-from-regex", "^grafana", /own configuration/],
    ["appgw.ingress.kubernetes.io/hostname-extension", `shop.example.com, ${host}`, aliases],
    ["getambassador.io/config", "kind: Mapping", /own configuration/],
    [
      "traefik.ingress.kubernetes.io/router.pathmatcher",
      `PathPrefix(\`/\`) || Host(\`${host}\`) && PathPrefix`,
      /pathmatcher must be one of/,
    ],
    [
      "alb.ingress.kubernetes.io/conditions.app",
      `[{"field":"host-header","hostHeaderConfig":{"values":["${host}"]}}]`,
      /may name no hosts/,
    ],
    [
      "alb.ingress.kubernetes.io/conditions.app",
      String.raw`[{"field":"\u0068ost-header","\u0068ostHeaderConfig":{"values":["${host}"]}}]`,
      /have no backslash/,
    ],
  ] as const;
}

/** Annotations that leave other hosts alone, though some of them name one. */
export function harmlessAnnotations(zone: string) {
  return [
    ["nginx.ingress.kubernetes.io/server-alias", "www.example.org, *.shop.example.org"],
    ["nginx.ingress.kubernetes.io/rewrite-target", "/$1"],
    ["nginx.ingress.kubernetes.io/auth-url", `https://auth.${zone}/oauth2/auth`],
    ["traefik.ingress.kubernetes.io/router.pathmatcher", "PathPrefix"],
    [
      "alb.ingress.kubernetes.io/conditions.app",
      '[{"field":"query-string","queryStringConfig":{"values":[{"key":"version","value":"2"}]}}]',
    ],
    ["cert-manager.io/cluster-issuer", "letsencrypt"],
    ["external-dns.alpha.kubernetes.io/hostname", "shop.example.org"],
  ] as const;
}

/** An Ingress for a foreign host, with an annotation. */
export function annotated(name: string, value: string): Draft {
  return { ...ingress({ host: "shop.example.org" }), metadata: { annotations: { [name]: value } } };
}

export function answerHeaders(responseHeaderModifier: object) {
  return { type: "ResponseHeaderModifier", responseHeaderModifier };
}

/** Rules whose values NGINX Gateway Fabric or Envoy Gateway would replace by parts of the visitor's request. */
export function rulesWithVariables(backendRefs: readonly object[]) {
  const ofNginx = [{ name: "X-Leak", value: "$http_cookie" }];
  const ofEnvoy = [{ name: "X-Leak", value: "%REQ(cookie)%" }];
  const path = { type: "ReplaceFullPath", replaceFullPath: "/$http_cookie" };
  const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/%REQ(cookie)%" };
  return [
    ["nginx' variable set as a header", { backendRefs, filters: [answerHeaders({ set: ofNginx })] }],
    ["nginx' variable added as a header", { backendRefs, filters: [answerHeaders({ add: ofNginx })] }],
    ["Envoy's variable set as a header", { backendRefs, filters: [answerHeaders({ set: ofEnvoy })] }],
    [
      "a variable in a header of one backend",
      { backendRefs: backendRefs.map((to) => ({ ...to, filters: [answerHeaders({ add: ofNginx })] })) },
    ],
    ["a variable in a path", { backendRefs, filters: [{ type: "URLRewrite", urlRewrite: { path } }] }],
    [
      "a variable in the beginning of a path",
      { backendRefs, filters: [{ type: "URLRewrite", urlRewrite: { path: prefix } }] },
    ],
    [
      "a variable in the path of a redirect",
      { filters: [{ type: "RequestRedirect", requestRedirect: { path } }] },
    ],
  ] as const;
}
