import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import { createImmutableConfigMap, createImmutableSecret } from "./shared/immutable";
import { refuseArguments, type Known } from "./shared/known";
import { ofKnown, type Path, type Problem } from "../documents/shared/problem";
import { countProblems, namespaceProblems } from "../documents/shared/kubernetesNames";
import { kratosPorts } from "../documents/kratos/config";
import {
  loginUiFiles,
  loginUiPort,
  loginUiSettings,
  loginUiSettingsFile,
} from "../documents/loginUi/settings";
import { defaultSessionCookie, sessionCookieProblems } from "../documents/shared/cookies";
import { brandingProblems, type Branding } from "../documents/shared/branding";
import { accessDeniedPrefix, servicesPath } from "../documents/nginx/accessDenied";
import { nginxPorts } from "../documents/rules/ports";
import { choiceProblems, isOwn, textsOf, type LoginUiChoice } from "./loginUi/choice";
import { imageContainer, loginUiUser, ownContainer } from "./loginUi/container";
import { clusterHost, type Addresses } from "./shared/addresses";
import { createDisruptionBudget } from "./shared/disruptionBudget";
import { egressRules, type PartEgress } from "./shared/egress";
import type { Images } from "./shared/images";
import { labelsOf, podLabels, type Labels } from "./shared/labels";
import { createNetworkPolicy, pods } from "./shared/networkPolicies";
import { longestNames, ownNameProblems } from "./shared/ownName";
import type { Patch } from "./shared/patch";
import { deploymentSpec, podSpec } from "./shared/pods";
import { createRoute, routeProblems, type RouteArgs, type TlsArgs } from "./shared/route";
import { script } from "./shared/scripts";
import { createGeneratedSecret } from "./shared/secrets";
import { createService } from "./shared/service";

/** What the login UI has to know about its gateway. */
export interface LoginUiArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** Public addresses of the gateway, as {@link addressesOf} returns them. */
  readonly addresses: Addresses;
  /** How requests reach the gateway: by an Ingress or an HTTPRoute. */
  readonly route: RouteArgs;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /** Name of the Service of Kratos' public API, in the same namespace. */
  readonly identityService: Input<string>;
  /** Name of the Service of the proxy's access-denied endpoint, in the same namespace. */
  readonly accessDeniedService: Input<string>;
  /**
   * The pages that people sign in on.
   * @default { kind: "portcullis" }
   */
  readonly ui?: LoginUiChoice;
  /**
   * Ids of the login providers, in the order of their buttons.
   * @default in alphabetical order, as Kratos sends them
   */
  readonly providers?: readonly string[];
  /**
   * Whether people without a session go straight to the only login provider.
   * @default false
   */
  readonly skipLoginPage?: boolean;
  /**
   * Name of the session cookie.
   * @default "ory_kratos_session"
   */
  readonly sessionCookie?: string;
  /**
   * How the pages of this library look.
   * @default plain pages, without a name
   */
  readonly branding?: Branding;
  /** Number of pods. */
  readonly replicas: number;
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

const role = "login-ui";

/**
 * The pages that people sign in on: this library's own, Ory's reference UI for Kratos, or any image with the
 * environment variables of that UI.
 *
 * @example
 * const loginUi = new LoginUi("login", {
 *   namespace: "portcullis", images, addresses, route, tls: "off",
 *   identityService: identityServer.publicService, accessDeniedService: proxy.accessDeniedService, replicas: 2,
 * });
 * loginUi.loginUrl; // "https://auth.apps.example.com/login"
 */
export class LoginUi extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:LoginUi";

  /** Name of the Service that the route of its host leads to. */
  readonly service: Output<string>;
  /** The login page. */
  readonly loginUrl: string;
  /** The page with second factors and the link to sign out. */
  readonly settingsUrl: string;
  /** The page whose link signs out: the link itself is valid for one session and one use. */
  readonly signOutUrl: string;

  constructor(
    private readonly name: string,
    private readonly args: LoginUiArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(LoginUi.token, name, args, opts);
    refuseArguments(this, `LoginUi "${name}"`, args, (path, known) => [
      ...ownNameProblems("name", name, longestNames.others),
      ...loginUiArgsProblems(path, known),
    ]);
    this.createDeployment(this.pod(this.createSecret()));
    this.service = this.createService();
    this.createRoute();
    this.createNetworkPolicy();
    createDisruptionBudget(name, { ...args, role, labels: this.labels }, { parent: this });
    this.loginUrl = `${args.addresses.loginUi.url}/login`;
    this.settingsUrl = `${args.addresses.loginUi.url}/settings`;
    this.signOutUrl = `${args.addresses.loginUi.url}/welcome`;
    this.registerOutputs({
      loginUrl: this.loginUrl,
      settingsUrl: this.settingsUrl,
      signOutUrl: this.signOutUrl,
    });
  }

  /** Secrets with which an image like Ory's signs its cookies. Kept where none runs: a choice of login UI deletes no Secret. */
  private createSecret(): Secret {
    return createImmutableSecret(
      this.name,
      {
        metadata: { namespace: this.args.namespace, labels: this.labels },
        stringData: {
          COOKIE_SECRET: createGeneratedSecret(`${this.name}-cookie`, { parent: this }),
          CSRF_COOKIE_SECRET: createGeneratedSecret(`${this.name}-csrf-cookie`, { parent: this }),
        },
      },
      { parent: this },
    );
  }

  private createConfigMap(): ConfigMap {
    const { addresses, branding = {}, namespace, providers = [], skipLoginPage = false, ui } = this.args;
    const { sessionCookie = defaultSessionCookie } = this.args;
    return createImmutableConfigMap(
      this.name,
      {
        metadata: { namespace, labels: this.labels },
        data: {
          ...Object.fromEntries(loginUiFiles.map((file) => [file, script(`loginUi/${file}`)])),
          [loginUiSettingsFile]: all([this.kratosUrl(), this.servicesUrl()]).apply(
            ([kratosPublicUrl, servicesUrl]) =>
              JSON.stringify(
                loginUiSettings({
                  kratosPublicUrl,
                  kratosBrowserUrl: addresses.identityServer.url,
                  servicesUrl,
                  sessionCookie,
                  providers,
                  skipLoginPage,
                  branding,
                  texts: textsOf(ui),
                }),
                null,
                2,
              ),
          ),
        },
      },
      { parent: this },
    );
  }

  private createDeployment(pod: Pick<core.v1.PodSpec, "containers" | "volumes">): void {
    const { images, namespace, replicas } = this.args;
    const labels = this.labels;
    new Deployment(
      this.name,
      {
        metadata: { namespace, labels },
        spec: deploymentSpec({
          replicas,
          selector: podLabels(role),
          labels,
          patch: this.args.patch,
          pod: podSpec({ user: loginUiUser, images, terminationGracePeriodSeconds: 30, ...pod }),
        }),
      },
      { parent: this },
    );
  }

  private pod(secret: Secret): Pick<core.v1.PodSpec, "containers" | "volumes"> {
    const { addresses, images, ui } = this.args;
    if (isOwn(ui))
      return {
        containers: [ownContainer(images)],
        volumes: [{ name: "config", configMap: { name: this.createConfigMap().metadata.name } }],
      };
    const told = {
      kratosPublicUrl: this.kratosUrl(),
      kratosBrowserUrl: addresses.identityServer.url,
      secretName: secret.metadata.name,
    };
    return {
      containers: [imageContainer(images, ui, told)],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
    };
  }

  private servicesUrl(): Output<string> {
    const { accessDeniedService, namespace } = this.args;
    return all([accessDeniedService, namespace]).apply(
      ([service, inNamespace]) =>
        `http://${clusterHost(service, inNamespace)}:${nginxPorts.accessDenied}${servicesPath}`,
    );
  }

  private kratosUrl(): Output<string> {
    const { identityService, namespace } = this.args;
    return all([identityService, namespace]).apply(
      ([service, inNamespace]) => `http://${clusterHost(service, inNamespace)}:${kratosPorts.public}`,
    );
  }

  private createService(): Output<string> {
    const { namespace, route } = this.args;
    const annotations = route.serviceAnnotations;
    const exposed = { name: "http", number: loginUiPort };
    return createService(
      this.name,
      { namespace, labels: this.labels, role, port: exposed, annotations },
      { parent: this },
    ).metadata.name;
  }

  private createRoute(): void {
    const { addresses, accessDeniedService, namespace, route, tls } = this.args;
    createRoute(
      this.name,
      {
        namespace,
        labels: this.labels,
        hosts: [addresses.loginUi.host],
        service: { name: this.service, port: loginUiPort },
        besides: [
          { path: accessDeniedPrefix, service: { name: accessDeniedService, port: nginxPorts.accessDenied } },
        ],
        route,
        tls,
      },
      { parent: this },
    );
  }

  private createNetworkPolicy(): void {
    createNetworkPolicy(
      this.name,
      {
        namespace: this.args.namespace,
        pods: podLabels(role),
        labels: this.labels,
        rules: [{ from: this.args.route.from, ports: [loginUiPort] }],
        egress: egressRules(this.args.egress, [
          { to: [pods(podLabels("identity-server"))], ports: [kratosPorts.public] },
          ...(isOwn(this.args.ui)
            ? [{ to: [pods(podLabels("proxy"))], ports: [nginxPorts.accessDenied] }]
            : []),
        ]),
      },
      { parent: this },
    );
  }

  private get labels(): Labels {
    return labelsOf(this.name, role);
  }
}

function loginUiArgsProblems(path: Path, args: Known<LoginUiArgs>): readonly Problem[] {
  const { addresses, branding, namespace, replicas, route, sessionCookie, tls, ui } = args;
  return [
    ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
    ...ofKnown(replicas, (count) => countProblems(path("replicas"), count, 2)),
    ...choiceProblems(path, "ui", ui),
    ...ofKnown(branding, (known) => brandingProblems(path("branding"), known, addresses?.domain?.name)),
    ...ofKnown(sessionCookie, (known) => sessionCookieProblems(path("sessionCookie"), known)),
    ...ofKnown(route, (known) => routeProblems(path, known, tls)),
  ];
}
