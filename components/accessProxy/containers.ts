import { posix } from "node:path";
import type { Input } from "@pulumi/pulumi";
import type { core } from "@pulumi/kubernetes/types/input";
import { nameServersFile } from "../../documents/nginx/issuerKeys";
import { kratosServerFile } from "../../documents/nginx/whoami";
import { fetchedRulesFile } from "../../documents/nginx/routes";
import { fromSecret } from "../shared/clientSecret";
import type { Images } from "../shared/images";
import { container, resources, sidecar } from "../shared/pods";
import type { AccessProxyArgs } from "./args";

/** Where every container mounts the proxy's ConfigMap. */
export const configFolder = "/etc/portcullis";

/** Where the fetched rules are. */
export const fetchedFolder = posix.dirname(fetchedRulesFile);

/** Names of the scripts of these containers. */
export const containerScripts = { fetch: "fetch-rules.sh", nameServers: "name-servers.sh" } as const;

/** Finishes before nginx starts: nginx knows name servers, and where Kratos is, only from its configuration. */
export function nameServers(
  images: Images,
  kratos: { readonly host: Input<string>; readonly port: number },
): core.v1.Container {
  return container({
    name: "name-servers",
    image: images.references.busybox,
    command: ["sh", `${configFolder}/${containerScripts.nameServers}`],
    env: [
      { name: "RESOLV_CONF", value: "/etc/resolv.conf" },
      { name: "NGINX_FILE", value: nameServersFile },
      { name: "KRATOS_HOST", value: kratos.host },
      { name: "KRATOS_PORT", value: String(kratos.port) },
      { name: "KRATOS_FILE", value: kratosServerFile },
    ],
    resources: resources(["10m", "200m"], ["4Mi", "32Mi"]),
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "nginx", mountPath: "/tmp" },
    ],
  });
}

/** Fetches the rules whenever they change, without a Kubernetes token. */
export function fetchRules(args: AccessProxyArgs): core.v1.Container {
  return sidecar({
    name: "fetch-rules",
    image: args.images.references.busybox,
    command: ["sh", `${configFolder}/${containerScripts.fetch}`],
    env: [
      { name: "RULES_URL", value: args.rulesUrl },
      fromSecret("RULES_CREDENTIALS", args.rulesCredentials),
      { name: "RULES_FOLDER", value: fetchedFolder },
    ],
    livenessProbe: { exec: { command: ["test", "-w", fetchedFolder] }, periodSeconds: 30 },
    resources: resources(["10m", "200m"], ["4Mi", "32Mi"]),
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "fetched-rules", mountPath: fetchedFolder },
    ],
  });
}
