import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageNames } from "../../dev/images";

const PORT = 9090;

/** The objects of the server, all of one name. */
export function grpcServer(namespace: string, name: string): readonly object[] {
  const metadata = { name, namespace, labels: { app: name } };
  const program = readFileSync(join(__dirname, "server.mjs"), "utf8");
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "server.mjs": program } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: name }, ports: [{ port: PORT }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "server",
            image: imageNames.node,
            command: ["node", "/program/server.mjs", "0.0.0.0", String(PORT)],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
            volumeMounts: [{ name: "program", mountPath: "/program" }],
          },
        ],
        volumes: [{ name: "program", configMap: { name } }],
      },
    },
  ];
}

/** Where that is, as a service's settings say it. */
export function grpcUpstream(namespace: string, name: string): object {
  return { namespace, name, port: PORT, targetPort: PORT, pods: { app: name }, scheme: "grpc" };
}
