import { podLabels } from "../components/shared/labels";
import { container, podSpec, resources } from "../components/shared/pods";
import { kubectl } from "../dev/kubectl";
import { eventually } from "../cli/shared/eventually";
import { Failure } from "../cli/shared/failure";
import { nginxPorts } from "../documents/rules/ports";
import { nobodyUser } from "../documents/shared/users";
import { routeFiles } from "../documents/nginx/routes";
import { oathkeeperPorts, ruleFile, type OathkeeperConfig } from "../documents/oathkeeper/config";
import { parseDomain } from "../documents/oathkeeper/hosts";
import { accessRules } from "../documents/oathkeeper/accessRules";
import type { RuleSpec } from "../documents/oathkeeper/ruleSpec";
import { apply, only, type Gateway, type KubernetesObject } from "./gateway";
import {
  forwardingConfig,
  forwardingContainers,
  forwardingVolume,
  SESSION_CHECK_FILE,
  sessionCheckConfig,
} from "./forwarding";
import { OAUTH2_PROXY, OAUTH2_PROXY_NAMESPACE, oauth2ProxyCookie, oauth2ProxyObjects } from "./oauth2Proxy";
import { oauth2ProxyHost } from "./oauth2ProxyAddress";
import { part, service, type Container, type Deployment } from "./objects";
import { SEED_KRATOS, seedConfig, seedContainer, seedKratosObjects, seedMatch } from "./seed";
import { selectorOf } from "../cli/shared/pods";

/** What stands between the ingress controller and the upstream. */
export interface Variant {
  readonly name: string;
  readonly proxy: "none" | "plain" | "seed" | "oauth2-proxy" | "forwarding" | "ours" | "uncached";
  readonly rules: number;
}

export const variants: readonly Variant[] = [
  { name: "direct", proxy: "none", rules: 0 },
  { name: "plain-nginx", proxy: "plain", rules: 0 },
  { name: "oauth2-proxy", proxy: "oauth2-proxy", rules: 0 },
  { name: "seed", proxy: "seed", rules: 1 },
  { name: "forwarding", proxy: "forwarding", rules: 1 },
  { name: "uncached-1", proxy: "uncached", rules: 1 },
  { name: "ours-1", proxy: "ours", rules: 1 },
  { name: "ours-100", proxy: "ours", rules: 100 },
  { name: "ours-1000", proxy: "ours", rules: 1000 },
];

const UPSTREAM = "bench-upstream";
const UPSTREAM_PORT = 8080;
interface ConfigMap extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

/** The requests to a variant, by a signed-in person. */
export interface Asked {
  /** The host, with its port. */
  readonly host: string;
  readonly cookie: string;
}

/** Whether it is a copy of the proxy's pod, and not a separate server. */
export function isProxyPod({ proxy }: Variant): boolean {
  return proxy !== "none" && proxy !== "plain" && proxy !== "oauth2-proxy";
}

/** The Deployment of a variant. */
export function deploymentOf({ name }: Variant): string {
  return `bench-${name}`;
}

/** The host of a variant. */
function hostOf({ cluster }: Gateway, variant: Variant): string {
  if (variant.proxy === "oauth2-proxy") return oauth2ProxyHost(cluster.instance);
  return `${deploymentOf(variant)}.${cluster.instance.domain}`;
}

/**
 * Deploys every variant beside the gateway: copies of the proxy's pod exactly as the stack deploys it, each with one
 * change, and an oauth2-proxy, in front of one upstream that costs next to nothing.
 *
 * @returns the requests for each, by its name
 */
export async function deployVariants(gateway: Gateway): Promise<Readonly<Record<string, Asked>>> {
  const { cluster, target } = gateway;
  const proxy = await only<Deployment>(cluster, "deployment", target.namespace, podLabels("proxy"));
  const config = await configOf(gateway, proxy);
  const seedKratos = await seedKratosObjects(gateway);
  const inGateway = variants.filter((variant) => variant.proxy !== "oauth2-proxy");
  const objects = inGateway.flatMap((variant) => [
    ...(isProxyPod(variant) ? proxyObjects(gateway, variant, proxy, config) : []),
    ingress(gateway, variant),
  ]);
  const oauth2Proxy = await oauth2ProxyObjects(gateway, upstreamUrl(gateway));
  await apply(cluster, [
    ...nginxObjects(gateway, proxy, UPSTREAM, answering),
    ...inGateway
      .filter((variant) => variant.proxy === "plain")
      .flatMap((variant) => nginxObjects(gateway, proxy, deploymentOf(variant), forwarding)),
    ...policies(gateway),
    ...seedKratos,
    ...objects,
    ...oauth2Proxy,
  ]);
  const deployments = inGateway.filter(({ proxy: one }) => one !== "none").map(deploymentOf);
  const names = [UPSTREAM, SEED_KRATOS, ...deployments];
  for (const name of names) await ready(gateway, target.namespace, name);
  await ready(gateway, OAUTH2_PROXY_NAMESPACE, OAUTH2_PROXY);
  const oauth2Cookie = await oauth2ProxyCookie(gateway);
  const asked = variants.map((variant) => {
    const cookie = variant.proxy === "oauth2-proxy" ? oauth2Cookie : gateway.cookie;
    return [variant.name, { host: hostOf(gateway, variant), cookie }] as const;
  });
  for (const [name, one] of asked) {
    await eventually(async () => {
      const status = await ask(gateway, one);
      if (status !== 200) throw new Failure(`${name} answers ${status}`);
    });
  }
  return Object.fromEntries(asked);
}

async function ready({ cluster }: Gateway, namespace: string, name: string): Promise<void> {
  await kubectl(cluster, ["rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout", "180s"]);
}

/** Removes them all. */
export async function removeVariants({ cluster, target }: Gateway): Promise<void> {
  const kinds = "deployment,service,configmap,secret,ingress,networkpolicy";
  await kubectl(cluster, ["delete", kinds, "-n", target.namespace, "-l", selectorOf(part)]);
  await kubectl(cluster, ["delete", "namespace", OAUTH2_PROXY_NAMESPACE, "--ignore-not-found"]);
}

/** The status of a host's response to a signed-in person. */
async function ask({ origin }: Gateway, { host, cookie }: Asked): Promise<number> {
  const { request } = await import("undici");
  const { statusCode, body } = await request(`${origin}/`, {
    headers: { host, cookie, accept: "text/html" },
  });
  await body.dump();
  return statusCode;
}

async function configOf(
  { cluster, target }: Gateway,
  proxy: Deployment,
): Promise<Readonly<Record<string, string>>> {
  const volume = proxy.spec.template.spec.volumes.find(({ name }) => name === "config");
  const printed = await kubectl(cluster, [
    ...["get", "configmap", volume?.configMap?.name ?? "", "-n", target.namespace, "-o", "json"],
  ]);
  return (JSON.parse(printed) as ConfigMap).data;
}

function proxyObjects(
  gateway: Gateway,
  variant: Variant,
  proxy: Deployment,
  config: Readonly<Record<string, string>>,
): object[] {
  const labels = { ...part, "app.kubernetes.io/name": deploymentOf(variant) };
  const metadata = { name: deploymentOf(variant), namespace: gateway.target.namespace, labels };
  const rules = { ...metadata, name: `${metadata.name}-rules` };
  const { spec } = proxy.spec.template;
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: changedConfig(gateway, variant, proxy, config) },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: rules,
      data: { [ruleFile.slice(ruleFile.lastIndexOf("/") + 1)]: JSON.stringify(rulesOf(gateway, variant)) },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...spec,
            initContainers: (spec.initContainers ?? []).filter(({ name }) => name !== "fetch-rules"),
            containers: containersOf(variant, spec.containers),
            volumes: [
              ...spec.volumes.map((volume) => {
                if (volume.name === "config") return { name: "config", configMap: { name: metadata.name } };
                if (volume.name === "fetched-rules")
                  return { name: volume.name, configMap: { name: rules.name } };
                return volume;
              }),
              ...(variant.proxy === "forwarding" ? [forwardingVolume] : []),
            ],
          },
        },
      },
    },
    service(gateway, metadata.name, labels, portOf(variant)),
  ];
}

function containersOf({ proxy }: Variant, containers: readonly Container[]): readonly Container[] {
  switch (proxy) {
    case "seed":
      return containers.map((one) => (one.name === "oathkeeper" ? seedContainer(one) : one));
    case "forwarding":
      return forwardingContainers(containers);
    case "none":
    case "plain":
    case "oauth2-proxy":
    case "ours":
    case "uncached":
      return containers;
  }
}

/** If Oathkeeper forwards, requests go to it directly. */
function portOf({ proxy }: Variant): number {
  if (proxy === "plain") return UPSTREAM_PORT;
  return proxy === "seed" || proxy === "forwarding" ? oathkeeperPorts.proxy : nginxPorts.proxy;
}

function upstreamUrl({ target }: Gateway): string {
  return `http://${UPSTREAM}.${target.namespace}.svc:${UPSTREAM_PORT}`;
}

function changedConfig(
  { target }: Gateway,
  { proxy }: Variant,
  deployed: Deployment,
  live: Readonly<Record<string, string>>,
): Record<string, string> {
  const file = Object.keys(live).find((name) => name.startsWith("oathkeeper")) ?? "";
  const cacheFile = routeFiles.server;
  const oathkeeper = JSON.parse(live[file] ?? "{}") as OathkeeperConfig;
  switch (proxy) {
    case "seed":
      return { ...live, [file]: JSON.stringify(seedConfig(oathkeeper, target.namespace, target.loginUi)) };
    case "uncached":
      return { ...live, [cacheFile]: (live[cacheFile] ?? "").replace(/^\s*proxy_cache \w+;$/m, "") };
    case "forwarding":
      return {
        ...live,
        [file]: JSON.stringify(forwardingConfig(oathkeeper)),
        [SESSION_CHECK_FILE]: sessionCheckConfig(kratosAddress(deployed)),
      };
    case "ours":
    case "none":
    case "plain":
    case "oauth2-proxy":
      return { ...live };
  }
}

/** The address at which the proxy's nginx reaches Kratos. */
function kratosAddress({ spec }: Deployment): string {
  const { containers, initContainers = [] } = spec.template.spec;
  const variables = [...initContainers, ...containers].flatMap(({ env = [] }) => env);
  const [host, port] = ["KRATOS_HOST", "KRATOS_PORT"].map(
    (wanted) => variables.find(({ name }) => name === wanted)?.value,
  );
  if (host === undefined || port === undefined)
    throw new Failure("The proxy's pods are not told where Kratos is.");
  return `${host}:${port}`;
}

interface RuleFileEntry extends Omit<RuleSpec, "upstream"> {
  readonly id: string;
  readonly upstream: { readonly url: string; readonly preserve_host: boolean };
}

/** The requested rule is in the middle of the others. */
function rulesOf(gateway: Gateway, variant: Variant): RuleFileEntry[] {
  const host = hostOf(gateway, variant).split(":")[0] ?? "";
  return Array.from({ length: variant.rules }, (_, index) => {
    const asked = index === variant.rules >> 1;
    const domain = parseDomain(gateway.cluster.instance.domain);
    const [rule] = accessRules({
      scheme: "http",
      domain,
      hosts: [asked ? host : `service-${index}.${domain.name}`],
    });
    const spec = rule.withUpstream(upstreamUrl(gateway));
    return {
      id: `rule-${index}`,
      match: variant.proxy === "seed" ? seedMatch(hostOf(gateway, variant)) : spec.match,
      upstream: { url: spec.upstream.url, preserve_host: spec.upstream.preserveHost },
      authenticators: spec.authenticators,
      authorizer: spec.authorizer,
      mutators: variant.proxy === "seed" ? [{ handler: "header" }] : spec.mutators,
    };
  });
}

/** The upstream: it answers from memory. */
const answering = `server { listen ${UPSTREAM_PORT}; location / { return 200 "hello\\n"; } }`;

/** The cost of every proxy: one more hop, over kept connections. */
const forwarding = `upstream upstream { server ${UPSTREAM}:${UPSTREAM_PORT}; keepalive 32; keepalive_requests 1000000; }
  server {
    listen ${UPSTREAM_PORT};
    location / { proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }`;

/** An nginx that does one thing with every request. */
function nginxObjects({ target }: Gateway, proxy: Deployment, name: string, http: string): object[] {
  const labels = { ...part, "app.kubernetes.io/name": name };
  const metadata = { name, namespace: target.namespace, labels };
  const containers = proxy.spec.template.spec.containers;
  const image = containers.find(({ image: one }) => one.includes("nginx"))?.image ?? "";
  const config = `daemon off; worker_processes 1; pid /tmp/nginx.pid; error_log stderr warn;
events { worker_connections 4096; }
http {
  client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
  access_log off; keepalive_requests 1000000;
  ${http}
}
`;
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "nginx.conf": config } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: podSpec({
            user: nobodyUser,
            images: { release: "v1.3", references: {} as never, pullSecrets: [] },
            containers: [
              container({
                name: "nginx",
                image,
                command: ["nginx", "-e", "stderr", "-c", "/etc/bench/nginx.conf"],
                ports: [{ name: "http", containerPort: UPSTREAM_PORT }],
                readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 2 },
                resources: resources(["5m", "2"], ["16Mi", "64Mi"]),
                volumeMounts: [
                  { name: "config", mountPath: "/etc/bench" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              }),
            ],
            volumes: [
              { name: "config", configMap: { name } },
              { name: "tmp", emptyDir: {} },
            ],
          }),
        },
      },
    },
    service({ target }, name, labels, UPSTREAM_PORT),
  ];
}

/** The benchmark's pods may reach what the proxy may reach, and the seed's Kratos its database. */
function policies({ target }: Gateway): object[] {
  const { namespace } = target;
  return (["identity-server", "postgres"] as const).map((role) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `bench-${role}`, namespace, labels: part },
    spec: {
      podSelector: { matchLabels: podLabels(role) },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: { matchLabels: part } }] }],
    },
  }));
}

function ingress(gateway: Gateway, variant: Variant): object {
  const [name, port] =
    variant.proxy === "none" ? [UPSTREAM, UPSTREAM_PORT] : [deploymentOf(variant), portOf(variant)];
  const backend = { service: { name, port: { number: port } } };
  const [host] = hostOf(gateway, variant).split(":");
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: deploymentOf(variant), namespace: gateway.target.namespace, labels: part },
    spec: {
      ingressClassName: "traefik",
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}
