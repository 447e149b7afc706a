import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { ConfigMap, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { createImmutableConfigMap } from "./shared/immutable";
import { clientsProblems } from "./shared/peerProblems";
import { refuseArguments } from "./shared/known";
import { ofKnown } from "../documents/shared/problem";
import { namespaceProblems } from "../documents/shared/kubernetesNames";
import { nobodyUser } from "../documents/shared/users";
import { issuerProblems } from "../documents/oathkeeper/bearerTokens";
import { nginxOnBoth } from "../documents/nginx/listen";
import {
  apiServerPort,
  serviceAccountKeysConfig,
  serviceAccountKeysPath,
  serviceAccountKeysPort,
} from "../documents/nginx/serviceAccountKeys";
import { apiServer, egressRules, type PartEgress } from "./shared/egress";
import type { Images } from "./shared/images";
import { labelsOf, podLabels, type Labels } from "./shared/labels";
import { createNetworkPolicy, type NetworkPolicyPeer } from "./shared/networkPolicies";
import { longestNames, ownNameProblems } from "./shared/ownName";
import type { Patch } from "./shared/patch";
import { container, deploymentSpec, podSpec, resources } from "./shared/pods";
import { script } from "./shared/scripts";
import { createService } from "./shared/service";
import {
  accountFolder,
  authority,
  authorityFile,
  createServiceAccount,
  token,
  tokenFile,
} from "./shared/serviceAccount";

/** What the key server has to know about its gateway. */
export interface ServiceAccountKeysArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** The `iss` of the cluster's service account tokens; keys of another issuer are not served. */
  readonly issuer: string;
  /** The proxy's pods. */
  readonly clients: readonly NetworkPolicyPeer[];
  /**
   * What its pods may connect to besides what they need.
   * @default nothing
   */
  readonly egress?: PartEgress;
  /**
   * What to change in the Deployment's `spec`.
   * @default nothing
   */
  readonly patch?: Patch;
}

const role = "service-account-keys";
const folders = {
  config: "/etc/portcullis",
  keys: "/keys",
  authority: "/etc/portcullis-authority",
} as const;
const files = {
  nginx: "service-account-keys.conf",
  fetch: "fetch-service-account-keys.sh",
} as const;

/**
 * Serves the proxy the public keys of the cluster's own service accounts. The proxy's pods have no token and do not
 * reach the API server; this pod has a token that can only be used to ask for the keys.
 *
 * @example
 * const keys = new ServiceAccountKeys("service-account-keys", {
 *   namespace: "portcullis", images, issuer: "https://kubernetes.default.svc.cluster.local", clients: [proxyPods],
 * });
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
export class ServiceAccountKeys extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:ServiceAccountKeys";

  /** Name of the Service; its port is `serviceAccountKeysPort`. */
  readonly service: string;

  constructor(
    private readonly name: string,
    private readonly args: ServiceAccountKeysArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(ServiceAccountKeys.token, name, args, opts);
    refuseArguments(this, `ServiceAccountKeys "${name}"`, args, (path, { clients, namespace }) => [
      ...ownNameProblems("name", name, longestNames.others),
      ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
      ...issuerProblems(path("issuer"), args.issuer),
      ...ofKnown(clients, (peers) => clientsProblems(path("clients"), peers)),
    ]);
    this.createDeployment(this.createAccount(), this.createConfigMap());
    this.service = name;
    this.createService();
    this.createNetworkPolicy();
    this.registerOutputs({ service: this.service });
  }

  /** Without any rights of its own: every service account may ask for the keys. */
  private createAccount(): ServiceAccount {
    const { namespace } = this.args;
    return createServiceAccount(this.name, { namespace, labels: this.labels }, { parent: this });
  }

  private createConfigMap(): ConfigMap {
    const nginx = serviceAccountKeysConfig({
      authorityFile: `${folders.authority}/${authorityFile}`,
      keysFolder: folders.keys,
    });
    return createImmutableConfigMap(
      this.name,
      {
        metadata: { namespace: this.args.namespace, labels: this.labels },
        data: { [files.nginx]: nginx, [files.fetch]: script(files.fetch) },
      },
      { parent: this },
    );
  }

  private createDeployment(account: ServiceAccount, config: ConfigMap): void {
    const { images, namespace } = this.args;
    const labels = this.labels;
    new Deployment(
      this.name,
      {
        metadata: { namespace, labels },
        spec: deploymentSpec({
          // The proxy keeps the keys it has while this pod is away.
          replicas: 1,
          selector: podLabels(role),
          labels,
          patch: this.args.patch,
          pod: podSpec({
            user: nobodyUser,
            images,
            serviceAccountName: account.metadata.name,
            terminationGracePeriodSeconds: 10,
            containers: [this.server(), this.fetch()],
            volumes: [
              { name: "config", configMap: { name: config.metadata.name } },
              { name: "keys", emptyDir: { sizeLimit: "1Mi" } },
              { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
              { name: "token", projected: { sources: [{ serviceAccountToken: token }] } },
              { name: "authority", configMap: authority },
            ],
          }),
        }),
      },
      { parent: this },
    );
  }

  private server(): core.v1.Container {
    const keys = { httpGet: { path: serviceAccountKeysPath, port: "keys" } };
    return container({
      name: "nginx",
      image: this.args.images.references.nginx,
      command: nginxOnBoth([serviceAccountKeysPort], `${folders.config}/${files.nginx}`),
      ports: [{ name: "keys", containerPort: serviceAccountKeysPort }],
      // Ready only with keys, so that a wrong issuer fails the update.
      readinessProbe: { ...keys, periodSeconds: 2 },
      livenessProbe: { tcpSocket: { port: "keys" }, periodSeconds: 10 },
      resources: resources(["10m", "200m"], ["8Mi", "64Mi"]),
      volumeMounts: [
        { name: "config", mountPath: folders.config, readOnly: true },
        { name: "authority", mountPath: folders.authority, readOnly: true },
        { name: "keys", mountPath: folders.keys, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
  }

  private fetch(): core.v1.Container {
    return container({
      name: "fetch",
      image: this.args.images.references.busybox,
      command: ["sh", `${folders.config}/${files.fetch}`],
      env: [
        { name: "API_PORT", value: String(apiServerPort) },
        { name: "TOKEN_FILE", value: `${accountFolder}/${tokenFile}` },
        { name: "ISSUER", value: this.args.issuer },
        { name: "KEYS_FILE", value: `${folders.keys}${serviceAccountKeysPath}` },
      ],
      livenessProbe: { exec: { command: ["test", "-w", folders.keys] }, periodSeconds: 30 },
      resources: resources(["10m", "200m"], ["4Mi", "32Mi"]),
      volumeMounts: [
        { name: "config", mountPath: folders.config, readOnly: true },
        { name: "token", mountPath: accountFolder, readOnly: true },
        { name: "keys", mountPath: folders.keys },
      ],
    });
  }

  private createService(): void {
    const { namespace } = this.args;
    const port = { name: "keys", number: serviceAccountKeysPort };
    createService(this.name, { namespace, labels: this.labels, role, port }, { parent: this });
  }

  private createNetworkPolicy(): void {
    createNetworkPolicy(
      this.name,
      {
        namespace: this.args.namespace,
        pods: podLabels(role),
        labels: this.labels,
        rules: [{ from: this.args.clients, ports: [serviceAccountKeysPort] }],
        egress: egressRules(this.args.egress, [apiServer]),
      },
      { parent: this },
    );
  }

  private get labels(): Labels {
    return labelsOf(this.name, role);
  }
}
