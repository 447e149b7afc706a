/** Ports of the nginx beside the proxy: what only the proxy asks listens on 127.0.0.1. */
export const nginxPorts = { sessionCheck: 4457, health: 4458, door: 4459 } as const;
