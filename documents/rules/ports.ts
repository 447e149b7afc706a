/**
 * Ports of the nginx beside Oathkeeper: what only the pod asks listens on 127.0.0.1. Rules name `sessionCheck`,
 * `publicPaths` and `issuerKeys`, those of other stacks too: they do not change.
 */
export const nginxPorts = {
  /** What the ingress controller leads every request for a protected service to. */
  proxy: 4455,
  sessionCheck: 4457,
  health: 4458,
  accessDenied: 4459,
  publicPaths: 4460,
  keys: 4461,
  issuerKeys: 4462,
  issuerFetches: 4463,
  routesVersion: 4465,
  metrics: 9000,
} as const;
