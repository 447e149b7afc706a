import type { core } from "@pulumi/kubernetes/types/input";
import { nginxOnBoth } from "../../documents/nginx/listen";
import { healthPath } from "../../documents/nginx/health";
import { metricsPath } from "../../documents/prometheus/scope";
import { rulesApiPorts } from "../../documents/nginx/rulesApi";
import { ruleMetricsPort, ruleServerConfig, ruleServerPort } from "../../documents/nginx/ruleServer";
import { enabledHandlers } from "../../documents/oathkeeper/config";
import { rulesApiPath } from "../../documents/oathkeeper/ruleSpec";
import type { Images } from "../shared/images";
import { container, resources } from "../shared/pods";
import { accountFolder, tokenFile } from "../shared/serviceAccount";

export const ports = { http: ruleServerPort, metrics: ruleMetricsPort } as const;
/** The port on which the operator reports on itself, to the kubelet and to what publishes its rules. */
const operatorPort = 8085;
const folders = { raw: "/raw", live: "/live", public: "/public" } as const;
const rawFile = "rules.json";
const liveFile = "rules";
const configFolder = "/etc/portcullis";
export const authorityFolder = "/etc/kubernetes";
export const nginxFile = "nginx.conf";
export const publishFile = "publish.conf";
const usersFolder = "/etc/rule-server";
export const usersFile = "users";

/** The operator, what lists the existing Rules, and what publishes them. */
export function ruleContainers(images: Images): core.v1.Container[] {
  return [maester(images), rulesApi(images), listLive(images), publish(images)];
}

function maester(images: Images): core.v1.Container {
  const answers = { httpGet: { path: metricsPath, port: "operator" }, timeoutSeconds: 5 };
  return container({
    name: "maester",
    image: images.references.oathkeeperMaester,
    args: [`--metrics-addr=:${operatorPort}`, "sidecar", `--rulesFilePath=${folders.raw}/${rawFile}`],
    env: [
      { name: "authenticatorsAvailable", value: enabledHandlers.authenticators.join(",") },
      { name: "authorizersAvailable", value: enabledHandlers.authorizers.join(",") },
      { name: "mutatorsAvailable", value: enabledHandlers.mutators.join(",") },
    ],
    ports: [{ name: "operator", containerPort: operatorPort }],
    startupProbe: { ...answers, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...answers, periodSeconds: 10 },
    readinessProbe: { ...answers, periodSeconds: 5 },
    resources: resources(["20m", "500m"], ["48Mi", "256Mi"]),
    volumeMounts: [
      { name: "raw", mountPath: folders.raw },
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
  const lists = written(`${folders.live}/${liveFile}`);
  return container({
    name: "list-live",
    image: images.references.busybox,
    command: ["sh", `${configFolder}/list-live-rules.sh`],
    env: [
      { name: "API_PORT", value: String(rulesApiPorts.api) },
      { name: "API_PATH", value: rulesApiPath },
      { name: "TOKEN_FILE", value: `${accountFolder}/${tokenFile}` },
      { name: "LIVE_FOLDER", value: folders.live },
    ],
    // A command in a container costs its node some 50 ms of processor time: it runs often only until the list is there.
    startupProbe: { ...lists, periodSeconds: 1, failureThreshold: 300 },
    livenessProbe: written(`${folders.live}/alive`),
    // Not while it cannot say which Rules exist.
    readinessProbe: { ...lists, failureThreshold: 1 },
    // A share of a busy node's processor: how late a deletion is noticed depends on it.
    resources: resources(["50m", "500m"], ["4Mi", "64Mi"]),
    volumeMounts: [
      { name: "live", mountPath: folders.live },
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "account", mountPath: accountFolder, readOnly: true },
    ],
  });
}

function publish(images: Images): core.v1.Container {
  const listens = { tcpSocket: { port: "http" } };
  return container({
    name: "publish",
    image: images.references.nginx,
    command: nginxOnBoth(Object.values(ports), `${configFolder}/${publishFile}`),
    ports: [
      { name: "http", containerPort: ports.http },
      { name: "metrics", containerPort: ports.metrics },
    ],
    startupProbe: { ...listens, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: written(`${folders.public}/.alive`),
    readinessProbe: { ...listens, periodSeconds: 5 },
    resources: resources(["50m", "500m"], ["8Mi", "96Mi"]),
    volumeMounts: [
      { name: "raw", mountPath: folders.raw, readOnly: true },
      { name: "live", mountPath: folders.live, readOnly: true },
      { name: "public", mountPath: folders.public },
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "users", mountPath: usersFolder, readOnly: true },
      { name: "publish-tmp", mountPath: "/tmp" },
    ],
  });
}

/** The configuration of {@link publish}. */
export function publishConfig(sentinelId: string): string {
  return ruleServerConfig({
    rawFile: `${folders.raw}/${rawFile}`,
    liveFile: `${folders.live}/${liveFile}`,
    publicFolder: folders.public,
    sentinelId,
    operatorMetrics: `http://127.0.0.1:${operatorPort}${metricsPath}`,
    usersFile: `${usersFolder}/${usersFile}`,
    configFolder,
  });
}

/** Fails if a loop has not written its file for two minutes. */
function written(file: string): core.v1.Probe {
  const command = ["sh", "-c", `find ${file} -mmin -2 | grep -q .`];
  return { exec: { command }, periodSeconds: 30, timeoutSeconds: 10 };
}
