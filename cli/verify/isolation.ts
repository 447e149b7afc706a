import type { V1Pod } from "@kubernetes/client-node";
import { randomBytes } from "node:crypto";
import { podLabels } from "../../components/shared/labels";
import { kratosPorts } from "../../documents/kratos/config";
import { nginxPorts } from "../../documents/rules/ports";
import { nobodyUser } from "../../documents/shared/users";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import {
  connect,
  isNotFound,
  refusalOf,
  type Cluster,
  type Connection,
  type Manifest,
} from "../shared/cluster";
import { eventually } from "../shared/eventually";
import { Failure } from "../shared/failure";
import { undoOnInterrupt } from "../shared/interrupt";
import { runInContainer, runningPods, selectorOf, type Container } from "../shared/pods";
import { allRules } from "../shared/rules";
import { rulesOfUrl, type RuleToExplain } from "../../documents/oathkeeper/decision";
import { routeForms } from "../../documents/rules/routeForms";
import { copyPullSecrets, pullSecretsOf } from "./pullSecrets";
import { atOnce, type Expectation } from "./table";
import type { Target } from "./target";

const HTTP_PORT = 8080;
/** The pods of the proof, and their containers. */
const UNRELATED = "unrelated";
const OPEN = "open";
/** The only container of a proxy's pod with a shell. */
const SHELL = "fetch-rules";

/**
 * What must be unreachable: for a pod that belongs to neither the gateway nor the ingress controller, and for the proxy's
 * own pods, which connect wherever a Rule says.
 */
export function isolationExpectations(probe: Probe): Expectation[] {
  const attempt = (
    from: Asker,
    what: string,
    expected: "blocked" | "reached",
    url: () => Promise<string>,
  ): Expectation => ({
    when: `${from === "unrelated" ? "an unrelated" : "a proxy"} pod asks ${what}`,
    expected,
    find: async () => probe.ask(await url(), from),
  });
  const kratosAdmin = () => probe.pod("identity-server", kratosPorts.admin);
  return atOnce([
    attempt("unrelated", "another open pod (so that it can be seen to reach anything)", "reached", () =>
      probe.openPod(),
    ),
    attempt("unrelated", "a protected service directly, around the proxy", "blocked", () => probe.upstream()),
    attempt("unrelated", "the identity server's admin API", "blocked", kratosAdmin),
    attempt("unrelated", "the identity server, around its front", "blocked", () =>
      probe.pod("identity-server", kratosPorts.public),
    ),
    attempt("unrelated", "the proxy, around the ingress controller", "blocked", () =>
      probe.pod("proxy", nginxPorts.proxy),
    ),
    attempt("unrelated", "the proxy's API, which lists the rules", "blocked", () =>
      probe.pod("proxy", oathkeeperPorts.api),
    ),
    attempt("proxy", "a protected service", "reached", () => probe.upstream()),
    attempt("proxy", "the identity server's admin API", "blocked", kratosAdmin),
    attempt("proxy", "the Kubernetes API server", "blocked", () => probe.apiServer()),
  ]);
}

/** The pod that connects. */
type Asker = typeof UNRELATED | "proxy";

/** An unrelated pod, for the duration of a verification. */
export class Probe {
  /** A new name each time: the last namespace may still be terminating. */
  readonly namespace = `portcullis-probe-${randomBytes(3).toString("hex")}`;

  /** The namespace that is being created; undefined if there is nothing to remove. */
  private made: Promise<unknown> | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly gatewayNamespace: string,
    private readonly service: string,
  ) {}

  /** Starts the unrelated pod and another one that answers everybody. */
  async start(): Promise<void> {
    const proxy = await this.proxyPod();
    const image = shellImage(proxy);
    const pullSecrets = pullSecretsOf(proxy);
    const { core, objects } = await connect(this.cluster);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } };
    const make = (name: string, command: readonly string[]) =>
      created(objects, pod(this.namespace, name, image, command, pullSecrets));
    this.made = created(objects, namespace);
    await this.made;
    await copyPullSecrets({ core, objects }, pullSecrets, this.gatewayNamespace, this.namespace);
    await make(UNRELATED, ["sleep", "3600"]);
    await make(OPEN, ["httpd", "-f", "-p", String(HTTP_PORT), "-h", "/etc"]);
    await eventually(() => this.allReady(core));
  }

  async stop(): Promise<void> {
    if (!this.made) return;
    // A namespace that is created after its deletion would stay.
    const isMade = await this.made.then(
      () => true,
      () => false,
    );
    const { core } = await connect(this.cluster);
    await core.deleteNamespace({ name: this.namespace }).catch((error: unknown) => {
      // Whoever may not create it may not delete it either.
      if (isMade && !isNotFound(error))
        throw new Failure(`The namespace "${this.namespace}" cannot be deleted: ${refusalOf(error).message}`);
    });
  }

  /** Whether the pod gets a connection; what the server then answers does not matter. */
  async ask(url: string, from: Asker = UNRELATED): Promise<string> {
    const unrelated = { namespace: this.namespace, pod: UNRELATED, name: UNRELATED };
    const shell = from === UNRELATED ? unrelated : await this.proxyShell();
    const said = await runInContainer(this.cluster, shell, connecting(url));
    if (/can't connect|unreachable|exit 143/.test(said)) return "blocked";
    return /exit 0|server returned error|error getting response/.test(said) ? "reached" : said;
  }

  async openPod(): Promise<string> {
    const { core } = await connect(this.cluster);
    const found = await core.readNamespacedPod({ namespace: this.namespace, name: OPEN });
    return podUrl(found, HTTP_PORT, "hostname");
  }

  async pod(role: "identity-server" | "proxy", port: number): Promise<string> {
    const { core } = await connect(this.cluster);
    const labelSelector = selectorOf(podLabels(role));
    const { items } = await core.listNamespacedPod({ namespace: this.gatewayNamespace, labelSelector });
    return podUrl(items[0], port, "");
  }

  /** The protected service, at the URL that the proxy uses. */
  async upstream(): Promise<string> {
    return upstreamOf(await allRules(this.cluster), this.service);
  }

  /** Over plain http: a server that answers that this is wrong was reached. */
  async apiServer(): Promise<string> {
    const { core } = await connect(this.cluster);
    const { spec } = await core.readNamespacedService({ namespace: "default", name: "kubernetes" });
    return `http://${spec?.clusterIP ?? ""}:443/`;
  }

  private async allReady(core: Connection["core"]): Promise<void> {
    const { items } = await core.listNamespacedPod({ namespace: this.namespace });
    const waiting = items.filter(
      ({ status }) => !status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
    );
    const [first] = waiting.map(({ metadata }) => metadata?.name ?? "");
    if (first !== undefined) throw new Failure(`the pod ${this.namespace}/${first} does not become ready`);
  }

  private async proxyPod(): Promise<V1Pod> {
    const { core } = await connect(this.cluster);
    const { namespace, pod: name } = await this.proxyShell();
    return core.readNamespacedPod({ namespace, name });
  }

  private async proxyShell(): Promise<Container> {
    const [name] = await runningPods(this.cluster, this.gatewayNamespace, podLabels("proxy"));
    if (name === undefined) throw new Failure("no pod of the proxy runs");
    return { namespace: this.gatewayNamespace, pod: name, name: SHELL };
  }
}

/** The image of the proxy's own shell: the cluster can pull it, whichever registry the gateway uses. */
function shellImage({ spec }: V1Pod): string {
  // A sidecar, which Kubernetes lists as an init container.
  const image = spec?.initContainers?.find((container) => container.name === SHELL)?.image;
  if (image === undefined) throw new Failure(`the proxy's pods have no container ${SHELL}`);
  return image;
}

function podUrl(found: V1Pod | undefined, port: number, path: string): string {
  const address = found?.status?.podIP;
  if (address === undefined) throw new Failure("no such pod has an address");
  return `http://${address}:${port}/${path}`;
}

/** Runs `use` with an unrelated pod in a namespace of its own, and removes both afterwards, even if it is interrupted. */
export async function withProbe<T>(
  cluster: Cluster,
  { namespace, service }: Pick<Target, "namespace" | "service">,
  use: (probe: Probe) => Promise<T>,
): Promise<T> {
  const probe = new Probe(cluster, namespace, service);
  const release = undoOnInterrupt(() => probe.stop());
  try {
    await probe.start();
    return await use(probe);
  } finally {
    await probe.stop().finally(release);
  }
}

/** Connects to a URL, which is an argument: a Rule's author has written it. Some versions of busybox have a wget without a timeout. */
export function connecting(url: string): string[] {
  return ["sh", "-c", 'timeout 4 wget -O /dev/null "$1" 2>&1; echo "exit $?"', "sh", url];
}

/**
 * Where the Rule of a service leads.
 *
 * @throws {Failure} when no Rule takes the service's URL, or its upstream is none that a proxy forwards to
 */
export function upstreamOf(rules: readonly RuleToExplain[], service: string): string {
  const [rule] = rulesOfUrl(rules, new URL(service));
  const url = rule?.spec?.upstream?.url ?? "";
  if (!new RegExp(routeForms.upstreamUrl).test(url))
    throw new Failure(`no Rule of the cluster has an upstream for ${service}`);
  return url;
}

async function created(objects: Connection["objects"], manifest: Manifest): Promise<void> {
  await objects.create(manifest).catch((error: unknown) => {
    const { kind, metadata } = manifest;
    throw new Failure(`The ${kind} "${metadata.name}" cannot be created: ${refusalOf(error).message}`);
  });
}

function pod(
  namespace: string,
  name: string,
  image: string,
  command: readonly string[],
  pullSecrets: readonly string[],
): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: nobodyUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name,
          command,
          image,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
