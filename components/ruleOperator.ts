import type { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { ConfigMap, Secret, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import {
  ComponentResource,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { createImmutableConfigMap, createImmutableSecret } from "./shared/immutable";
import { clientsProblems } from "./shared/peerProblems";
import { refuseArguments } from "./shared/known";
import { ofKnown } from "../documents/shared/problem";
import { namespaceProblems } from "../documents/shared/kubernetesNames";
import { nobodyUser } from "../documents/shared/users";
import { rulesApiConfig } from "../documents/nginx/rulesApi";
import { publishScript } from "../documents/nginx/ruleServer";
import { ruleCrd } from "../documents/oathkeeper/ruleCrd";
import { sentinelRule } from "../documents/oathkeeper/sentinel";
import {
  authorityFolder,
  nginxFile,
  ports,
  publishConfig,
  publishFile,
  ruleContainers,
  usersFile,
} from "./ruleOperator/containers";
import { clusterHost } from "./shared/addresses";
import type { SecretReference } from "./shared/clientSecret";
import { apiServer, egressRules, type PartEgress } from "./shared/egress";
import type { Images } from "./shared/images";
import { labelsOf, podLabels, type Labels } from "./shared/labels";
import { createNetworkPolicy, type NetworkPolicyPeer } from "./shared/networkPolicies";
import { longestNames, ownNameProblems } from "./shared/ownName";
import type { Patch } from "./shared/patch";
import { deploymentSpec, podSpec } from "./shared/pods";
import { createRule } from "./shared/rule";
import { ruleServerCredentials, ruleServerUsers } from "./shared/ruleServer";
import { script, type ScriptName } from "./shared/scripts";
import { createGeneratedSecret } from "./shared/secrets";
import { createService } from "./shared/service";
import { authority, authorityFile, createServiceAccount, token } from "./shared/serviceAccount";

/** What the rule operator has to know about its gateway. */
export interface RuleOperatorArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** `existing` if somebody else has installed the custom resource definition of `Rule`. */
  readonly crd: "create" | "existing";
  /** The proxy's pods: nothing else may read the rules, which name internal upstreams. */
  readonly clients: readonly NetworkPolicyPeer[];
  /** Who may read the operator's metrics. */
  readonly metricsFrom: readonly NetworkPolicyPeer[];
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

const role = "rules";
const credentialsKey = "credentials";

/**
 * Oathkeeper Maester, which turns `Rule` objects into the proxy's rule file, and a small server that sends the file to
 * every proxy pod, but only if it is complete and without a Rule that is gone or being deleted.
 *
 * It runs in one pod, never two: of several operators, the one that loses the race for a Rule's finalizer would keep a
 * deleted rule. While no pod runs, the proxies keep their last rules.
 *
 * @example
 * const operator = new RuleOperator("rules", {
 *   namespace: "portcullis", images: resolveImages("v26.2"), crd: "create",
 *   clients: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "proxy" } } }],
 *   metricsFrom: [],
 * });
 * @see https://github.com/ory/oathkeeper-maester
 */
export class RuleOperator extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:RuleOperator";

  /** URL from which the proxy's pods fetch the rules, without a slash at the end. */
  readonly rulesUrl: Output<string>;
  /** Name of the Rule that keeps the rule file from ever being empty. */
  readonly sentinel: string;
  /**
   * Credentials that the rule server asks for: without them, nothing that reaches a proxy can read the rules through
   * that proxy.
   */
  readonly rulesCredentials: SecretReference;

  constructor(
    private readonly name: string,
    private readonly args: RuleOperatorArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(RuleOperator.token, name, args, opts);
    refuseArguments(this, `RuleOperator "${name}"`, args, (path, { clients, metricsFrom, namespace }) => [
      ...ownNameProblems("name", name, longestNames.others),
      ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
      ...ofKnown(clients, (peers) => clientsProblems(path("clients"), peers)),
      ...ofKnown(metricsFrom, (peers) => clientsProblems(path("metricsFrom"), peers)),
    ]);
    this.sentinel = `${name}-sentinel`;
    const definition = args.crd === "create" ? [this.createDefinition()] : [];
    const account = this.createAccount();
    const rights = this.createRights(account);
    const credentials = this.createCredentials();
    // The policy exists before the operator does, and until after its end: the operator has to reach the API server.
    const dependsOn = [...definition, ...rights, this.createNetworkPolicy()];
    const server = this.createDeployment(account, this.createConfigMap(), credentials, dependsOn);
    // Deleted first: the operator and its rights must still be there to remove the finalizer.
    this.createSentinel(server);
    this.createService("http", name);
    this.createService("metrics", `${name}-metrics`);
    this.rulesCredentials = { secretName: credentials.metadata.name, key: credentialsKey };
    this.rulesUrl = output(args.namespace).apply(
      (namespace) => `http://${clusterHost(name, namespace)}:${ports.http}`,
    );
    this.registerOutputs({ rulesUrl: this.rulesUrl });
  }

  private createDefinition(): CustomResourceDefinition {
    return new CustomResourceDefinition(this.name, ruleCrd, {
      parent: this,
      deleteBeforeReplace: true,
      // It is in no namespace, but a gateway whose namespace is refused must not get this far.
      dependsOn: output(this.args.namespace).apply((): Resource[] => []),
    });
  }

  private createAccount(): ServiceAccount {
    const { namespace } = this.args;
    return createServiceAccount(this.name, { namespace, labels: this.labels }, { parent: this });
  }

  private createRights(account: ServiceAccount): Resource[] {
    const clusterRole = new ClusterRole(
      this.name,
      {
        metadata: { labels: this.labels },
        rules: [
          {
            apiGroups: ["oathkeeper.ory.sh"],
            resources: ["rules"],
            verbs: ["get", "list", "watch", "update"],
          },
        ],
      },
      { parent: this },
    );
    const binding = new ClusterRoleBinding(
      this.name,
      {
        metadata: { labels: this.labels },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: clusterRole.metadata.name,
        },
        subjects: [
          { kind: "ServiceAccount", name: account.metadata.name, namespace: account.metadata.namespace },
        ],
      },
      { parent: this },
    );
    return [clusterRole, binding];
  }

  private createConfigMap(): ConfigMap {
    const scripts: readonly ScriptName[] = ["list-live-rules.sh", publishScript];
    return createImmutableConfigMap(
      this.name,
      {
        metadata: { namespace: this.args.namespace, labels: this.labels },
        data: {
          ...Object.fromEntries(scripts.map((name) => [name, script(name)])),
          [nginxFile]: rulesApiConfig(`${authorityFolder}/${authorityFile}`),
          [publishFile]: output(this.args.namespace).apply((namespace) =>
            publishConfig(`${this.sentinel}.${namespace}`),
          ),
        },
      },
      { parent: this },
    );
  }

  private createCredentials(): Secret {
    const password = createGeneratedSecret(`${this.name}-password`, { parent: this });
    return createImmutableSecret(
      this.name,
      {
        metadata: { namespace: this.args.namespace, labels: this.labels },
        stringData: {
          [credentialsKey]: password.apply(ruleServerCredentials),
          [usersFile]: password.apply(ruleServerUsers),
        },
      },
      { parent: this },
    );
  }

  private createDeployment(
    account: ServiceAccount,
    config: ConfigMap,
    { metadata }: Secret,
    dependsOn: Resource[],
  ): Deployment {
    const labels = this.labels;
    return new Deployment(
      this.name,
      {
        metadata: { namespace: this.args.namespace, labels },
        spec: deploymentSpec({
          replicas: 1,
          strategy: "Recreate",
          selector: podLabels(role),
          labels,
          patch: this.args.patch,
          pod: podSpec({
            user: nobodyUser,
            images: this.args.images,
            serviceAccountName: account.metadata.name,
            terminationGracePeriodSeconds: 10,
            containers: ruleContainers(this.args.images),
            volumes: [
              { name: "raw", emptyDir: { sizeLimit: "64Mi" } },
              { name: "live", emptyDir: { sizeLimit: "64Mi" } },
              { name: "public", emptyDir: { sizeLimit: "64Mi" } },
              { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
              { name: "publish-tmp", emptyDir: { sizeLimit: "16Mi" } },
              { name: "config", configMap: { name: config.metadata.name } },
              {
                name: "account",
                projected: {
                  sources: [{ serviceAccountToken: token }, { configMap: authority }, ownNamespace],
                },
              },
              { name: "authority", projected: { sources: [{ configMap: authority }] } },
              {
                name: "users",
                secret: { secretName: metadata.name, items: [{ key: usersFile, path: usersFile }] },
              },
            ],
          }),
        }),
      },
      { parent: this, dependsOn },
    );
  }

  /** With an empty rule file no proxy would be ready. */
  private createSentinel(server: Deployment): CustomResource {
    const name = this.sentinel;
    return createRule(
      name,
      { name, namespace: this.args.namespace, labels: this.labels, spec: sentinelRule },
      { parent: this, dependsOn: [server] },
    );
  }

  private createService(port: keyof typeof ports, name: string): void {
    const { namespace } = this.args;
    const exposed = { name: port, number: ports[port] };
    createService(name, { namespace, labels: this.labels, role, port: exposed }, { parent: this });
  }

  private createNetworkPolicy(): NetworkPolicy {
    return createNetworkPolicy(
      this.name,
      {
        namespace: this.args.namespace,
        pods: podLabels(role),
        labels: this.labels,
        rules: [
          { from: this.args.clients, ports: [ports.http] },
          { from: this.args.metricsFrom, ports: [ports.metrics] },
        ],
        egress: egressRules(this.args.egress, [apiServer]),
      },
      { parent: this },
    );
  }

  private get labels(): Labels {
    return labelsOf(this.name, role);
  }
}

/** With the token and the authority, what the kubelet mounts by itself; here, only for containers that use the API server. */
const ownNamespace: core.v1.VolumeProjection = {
  downwardAPI: {
    items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
  },
};
