import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { connect, kubernetesClient, refusalOf, type Cluster } from "./cluster";
import { Failure } from "./failure";

/**
 * Runs `use` with a port of 127.0.0.1 that is forwarded to a port of one pod. The connection starts inside the pod, so
 * NetworkPolicies do not apply to it.
 */
export async function withPortForward<T>(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
  use: (port: number) => Promise<T>,
): Promise<T> {
  const { config } = await connect(cluster);
  const { PortForward } = await kubernetesClient();
  const forward = new PortForward(config);
  const open = new Set<Socket>();
  const lead = async (socket: Socket) => {
    // Data that arrives before the other side is connected waits in the socket.
    const there = await forward.portForward(pod.namespace, pod.name, [pod.port], socket, null, socket, 0);
    if (typeof there === "function") throw new Failure("a port-forward that starts again");
    there.on("close", () => socket.end());
    socket.on("close", () => {
      there.close();
    });
  };
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    lead(socket).catch((error: unknown) => {
      const why = refusalOf(error).message;
      process.stderr.write(`no port-forward to ${pod.namespace}/${pod.name}: ${why}\n`);
      socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    for (const socket of open) socket.destroy();
  }
}
