/**
 * Ports of the nginx beside the proxy: what only the proxy asks listens on 127.0.0.1. Rules name `sessionCheck`,
 * `publicPaths` and `issuerKeys`, those of other stacks too: they do not change.
 */
export const nginxPorts = {
  sessionCheck: 4457,
  health: 4458,
  door: 4459,
  publicPaths: 4460,
  keys: 4461,
  issuerKeys: 4462,
  issuerFetches: 4463,
} as const;
