import { imageNames } from "../../dev/images";
import { nginxCommand, nginxDocument } from "../../documents/nginx/document";

/** The user that runs the servers of these pods. */
export const user = 65534;
const folder = "/etc/config";

/** An nginx that answers every request with a document of its variables, unless a condition ends it first. */
export function answering(
  name: string,
  namespace: string,
  condition: string,
  document: object,
): readonly object[] {
  const config = nginxDocument(
    64,
    `  server {
    listen 8080;
    ${condition}
    default_type application/json;
    return 200 '${JSON.stringify(document)}';
  }
`,
  );
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { "nginx.conf": config } },
    deployment(name, namespace, {
      containers: [
        {
          name: "nginx",
          image: imageNames.nginx,
          command: nginxCommand(`${folder}/nginx.conf`),
          securityContext: { runAsUser: user },
          volumeMounts: [{ name: "config", mountPath: folder }],
        },
      ],
      volumes: [{ name: "config", configMap: { name } }],
    }),
    service(name, namespace, name, { port: 80, targetPort: 8080 }),
  ];
}

export function deployment(name: string, namespace: string, podSpec: object): object {
  const matchLabels = { "app.kubernetes.io/name": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec: podSpec } },
  };
}

export function service(name: string, namespace: string, app: string, port: object): object {
  const spec = { selector: { "app.kubernetes.io/name": app }, ports: [port] };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}
