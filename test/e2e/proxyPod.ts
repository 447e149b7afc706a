import { request } from "node:http";
import { podLabels } from "../../components/shared/labels";
import type { DevCluster } from "../../dev/devCluster";
import { runningPods } from "../../cli/shared/pods";
import { withPortForward } from "../../cli/shared/portForward";
import { nginxPorts } from "../../documents/rules/ports";

export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

export type AskPod = (
  path: string,
  method?: string,
  headers?: Readonly<Record<string, string>>,
) => Promise<PodAnswer>;

export function proxyPods(cluster: DevCluster, namespace: string): Promise<string[]> {
  return runningPods(cluster, namespace, podLabels("proxy"));
}

/**
 * Sends a request for a host to a pod of the proxy, byte for byte as written: an ingress controller may clean a path, or
 * handle an upgrade itself. A response that switches the protocol has no body.
 */
export async function askingProxyPod(
  cluster: DevCluster,
  namespace: string,
  host: string,
  use: (ask: AskPod) => Promise<void>,
): Promise<void> {
  const [name = ""] = await proxyPods(cluster, namespace);
  await withPortForward(cluster, { namespace, name, port: nginxPorts.proxy }, (port) =>
    use(
      (path, method = "GET", headers = {}) =>
        new Promise((resolve, reject) => {
          const standing = { host, accept: "application/json", "x-forwarded-proto": "http" };
          const asked = request({ port, path, method, headers: { ...standing, ...headers } }, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
            response.once("end", () => {
              resolve({ status: response.statusCode ?? 0, body });
            });
          });
          asked.once("upgrade", ({ statusCode = 0 }, socket) => {
            socket.destroy();
            resolve({ status: statusCode, body: "" });
          });
          asked.once("error", reject).end();
        }),
    ),
  );
}
