import { spawn } from "node:child_process";
import type { Cluster } from "./cluster";
import { Failure } from "./failure";

/**
 * Runs `use` with the port of 127.0.0.1 that leads to a port of one pod. The connection starts inside the pod, so
 * NetworkPolicies do not apply to it.
 */
export async function withPortForward<T>(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
  use: (port: number) => Promise<T>,
): Promise<T> {
  const [command, ...first] = cluster.kubectl;
  const target = ["port-forward", "--namespace", pod.namespace, `pod/${pod.name}`, `:${String(pod.port)}`];
  const child = spawn(command, [...first, "--kubeconfig", cluster.kubeconfig, ...target], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      let printed = "";
      const read = (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /127\.0\.0\.1:(\d+) ->/.exec(printed)?.[1];
        if (found !== undefined) resolve(Number(found));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("error", reject);
      child.once("exit", () => {
        reject(new Failure(`no port-forward to ${pod.namespace}/${pod.name}: ${printed}`));
      });
    });
    return await use(port);
  } finally {
    child.kill();
  }
}
