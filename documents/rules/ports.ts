/**
 * Ports of the nginx beside Oathkeeper: those that only the pod uses listen on 127.0.0.1. Rules name `sessionCheck`,
 * `publicPaths` and `issuerKeys`, also Rules of other stacks, so these ports never change.
 */
export const nginxPorts = {
  /** The port to which the ingress controller sends every request for a protected service. */
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
