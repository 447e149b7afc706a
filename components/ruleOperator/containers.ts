import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import { nginxOnBoth } from "../../documents/nginx/listen";
import { healthPath } from "../../documents/nginx/health";
import { rulesApiPorts } from "../../documents/nginx/rulesApi";
import { enabledHandlers } from "../../documents/oathkeeper/config";
import { rulesApiPath } from "../../documents/oathkeeper/rules";
import type { Images } from "../shared/images";
import { container, resources } from "../shared/pods";
import { ruleServerPort } from "../shared/ruleServer";
import { accountFolder, tokenFile } from "../shared/serviceAccount";

export const ports = { http: ruleServerPort, metrics: 8080 } as const;
const rawFolder = "/raw";
const liveFolder = "/live";
const publicFolder = "/public";
const configFolder = "/etc/portcullis";
export const authorityFolder = "/etc/kubernetes";
export const nginxFile = "nginx.conf";
const httpdFolder = "/etc/httpd";
export const httpdFile = "httpd.conf";

/**
 * The operator, what knows which Rules exist, what publishes those, and what hands them out.
 *
 * @param sentinelId id of the sentinel in the rule file
 */
export function ruleContainers(images: Images, sentinelId: Input<string>): core.v1.Container[] {
  return [
    maester(images),
    rulesApi(images),
    listLive(images),
    publish(images, sentinelId),
    fileServer(images),
  ];
}

function maester(images: Images): core.v1.Container {
  const answers = { httpGet: { path: "/metrics", port: "metrics" }, timeoutSeconds: 5 };
  return container({
    name: "maester",
    image: images.references.oathkeeperMaester,
    args: [`--metrics-addr=:${ports.metrics}`, "sidecar", `--rulesFilePath=${rawFolder}/rules.json`],
    env: [
      { name: "authenticatorsAvailable", value: enabledHandlers.authenticators.join(",") },
      { name: "authorizersAvailable", value: enabledHandlers.authorizers.join(",") },
      { name: "mutatorsAvailable", value: enabledHandlers.mutators.join(",") },
    ],
    ports: [{ name: "metrics", containerPort: ports.metrics }],
    startupProbe: { ...answers, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...answers, periodSeconds: 10 },
    readinessProbe: { ...answers, periodSeconds: 5 },
    resources: resources(["20m", "500m"], ["48Mi", "256Mi"]),
    volumeMounts: [
      { name: "raw", mountPath: rawFolder },
      { name: "account", mountPath: accountFolder, readOnly: true },
    ],
  });
}

function rulesApi(images: Images): core.v1.Container {
  const health = { httpGet: { path: healthPath, port: "api-health" } };
  return container({
    name: "rules-api",
    image: images.references.nginx,
    command: nginxOnBoth([rulesApiPorts.health], `${configFolder}/${nginxFile}`),
    ports: [{ name: "api-health", containerPort: rulesApiPorts.health }],
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: { ...health, periodSeconds: 10 },
    readinessProbe: { ...health, periodSeconds: 5 },
    resources: resources(["10m", "200m"], ["8Mi", "64Mi"]),
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "authority", mountPath: authorityFolder, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  });
}

function listLive(images: Images): core.v1.Container {
  return container({
    name: "list-live",
    image: images.references.busybox,
    command: ["sh", `${configFolder}/list-live-rules.sh`],
    env: [
      { name: "API_PORT", value: String(rulesApiPorts.api) },
      { name: "API_PATH", value: rulesApiPath },
      { name: "TOKEN_FILE", value: `${accountFolder}/${tokenFile}` },
      { name: "LIVE_FOLDER", value: liveFolder },
    ],
    livenessProbe: written(`${liveFolder}/alive`),
    // Not while it cannot say which Rules exist.
    readinessProbe: { ...written(`${liveFolder}/rules`), periodSeconds: 5, failureThreshold: 6 },
    // A share of a busy node's processor: how late a deletion is noticed depends on it.
    resources: resources(["50m", "500m"], ["4Mi", "64Mi"]),
    volumeMounts: [
      { name: "live", mountPath: liveFolder },
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "account", mountPath: accountFolder, readOnly: true },
    ],
  });
}

function publish(images: Images, sentinelId: Input<string>): core.v1.Container {
  return container({
    name: "publish",
    image: images.references.busybox,
    command: ["sh", `${configFolder}/publish-rules.sh`],
    env: [
      { name: "RAW_FILE", value: `${rawFolder}/rules.json` },
      { name: "LIVE_FILE", value: `${liveFolder}/rules` },
      { name: "SENTINEL", value: sentinelId },
      { name: "PUBLIC_FOLDER", value: publicFolder },
    ],
    livenessProbe: written(`${publicFolder}/.alive`),
    resources: resources(["50m", "500m"], ["4Mi", "64Mi"]),
    volumeMounts: [
      { name: "raw", mountPath: rawFolder, readOnly: true },
      { name: "live", mountPath: liveFolder, readOnly: true },
      { name: "public", mountPath: publicFolder },
      { name: "config", mountPath: configFolder, readOnly: true },
    ],
  });
}

/** As the first process of a container httpd would ignore the signal to end. */
const untilTold = `trap 'exit 0' TERM; httpd "$@" & wait $!`;

function fileServer(images: Images): core.v1.Container {
  const listens = { tcpSocket: { port: "http" } };
  return container({
    name: "httpd",
    image: images.references.busybox,
    command: ["sh", "-c", untilTold, "httpd"],
    args: ["-f", "-p", String(ports.http), "-h", publicFolder, "-c", `${httpdFolder}/${httpdFile}`],
    ports: [{ name: "http", containerPort: ports.http }],
    startupProbe: { ...listens, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: { ...listens, periodSeconds: 10 },
    readinessProbe: { ...listens, periodSeconds: 5 },
    resources: resources(["10m", "200m"], ["4Mi", "32Mi"]),
    volumeMounts: [
      { name: "public", mountPath: publicFolder, readOnly: true },
      { name: "httpd", mountPath: httpdFolder, readOnly: true },
    ],
  });
}

/** Fails where a loop has not written its file for two minutes. */
function written(file: string): core.v1.Probe {
  const command = ["sh", "-c", `find ${file} -mmin -2 | grep -q .`];
  return { exec: { command }, periodSeconds: 30, timeoutSeconds: 10 };
}
