import { randomBytes } from "node:crypto";
import { podLabels } from "../../components/shared/labels";
import { kratosPorts } from "../../documents/kratos/config";
import { nginxPorts } from "../../documents/nginx/ports";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { kubectl, type Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";
import { runningPods } from "../shared/pods";
import { sentinelRule } from "../../documents/oathkeeper/sentinel";
import type { Expectation } from "./table";

const HTTP_PORT = 8080;
/** The one container of a proxy's pod that has a shell. */
const SHELL = "fetch-rules";

/**
 * What has to stay out of reach: for a pod that belongs to neither the gateway nor the ingress controller, and for the
 * proxy's own, which connect wherever a Rule says.
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
  return [
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
  ];
}

/** Whose pod asks. */
type Asker = "unrelated" | "proxy";

/** An unrelated pod, for the time of a verification. */
export class Probe {
  /** Its own each time: the last one may still be on its way out. */
  readonly namespace = `portcullis-probe-${randomBytes(3).toString("hex")}`;

  constructor(
    private readonly cluster: Cluster,
    private readonly gatewayNamespace: string,
  ) {}

  /** Starts the unrelated pod and another that answers everybody. */
  async start(): Promise<void> {
    const image = await this.shellImage();
    const pods = [
      pod(this.namespace, "unrelated", image, ["sleep", "3600"]),
      pod(this.namespace, "open", image, ["httpd", "-f", "-p", String(HTTP_PORT), "-h", "/etc"]),
    ];
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } };
    const list = { apiVersion: "v1", kind: "List", items: [namespace, ...pods] };
    await kubectl(this.cluster, ["apply", "--server-side", "-f", "-"], JSON.stringify(list));
    await kubectl(this.cluster, [
      "wait",
      "-n",
      this.namespace,
      "--for=condition=Ready",
      "pod",
      "--all",
      "--timeout=60s",
    ]);
  }

  async stop(): Promise<void> {
    await kubectl(this.cluster, [
      "delete",
      "namespace",
      this.namespace,
      "--ignore-not-found",
      "--wait=false",
    ]);
  }

  /** Whether the asker gets a connection; what the server then says does not matter. */
  async ask(url: string, from: Asker = "unrelated"): Promise<string> {
    // Not every busybox has wget's own time limit.
    const wget = `timeout 4 wget -O /dev/null '${url}' 2>&1; echo "exit $?"`;
    const shell = from === "unrelated" ? ["-n", this.namespace, "unrelated"] : await this.proxyShell();
    const said = await kubectl(this.cluster, ["exec", ...shell, "--", "sh", "-c", wget]);
    if (/can't connect|unreachable|exit 143/.test(said)) return "blocked";
    return /exit 0|server returned error|error getting response/.test(said) ? "reached" : said;
  }

  openPod(): Promise<string> {
    return this.podUrl(["-n", this.namespace, "pod/open"], HTTP_PORT, "hostname");
  }

  pod(role: "identity-server" | "proxy", port: number): Promise<string> {
    const selector = Object.entries(podLabels(role)).map((label) => label.join("="));
    return this.podUrl(["-n", this.gatewayNamespace, "pods", "-l", selector.join(",")], port, "");
  }

  /** The first protected service, as the proxy reaches it. */
  async upstream(): Promise<string> {
    const rules = await kubectl(this.cluster, [
      "get",
      "rules.oathkeeper.ory.sh",
      "--all-namespaces",
      "-o",
      "json",
    ]);
    const { items } = JSON.parse(rules) as { items: { spec: { upstream?: { url?: string } } }[] };
    const urls = items.flatMap(({ spec }) => spec.upstream?.url ?? []);
    const [url] = urls.filter((candidate) => candidate !== sentinelRule.upstream.url);
    if (url === undefined) throw new Failure("no Rule has an upstream in the cluster");
    return url;
  }

  /** By plain http: a server that answers that this is wrong was reached. */
  async apiServer(): Promise<string> {
    const service = ["get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}"];
    return `http://${await kubectl(this.cluster, service)}:443/`;
  }

  /** Of the proxy's own shell: the cluster can pull it, wherever the gateway takes its images from. */
  private async shellImage(): Promise<string> {
    // A sidecar, which Kubernetes lists as an init container.
    const path = `jsonpath={.spec.initContainers[?(@.name=="${SHELL}")].image}`;
    const image = await kubectl(this.cluster, ["get", "pod", ...(await this.proxyPod()), "-o", path]);
    if (image === "") throw new Failure(`the proxy's pods have no container ${SHELL}`);
    return image;
  }

  private async proxyShell(): Promise<string[]> {
    return [...(await this.proxyPod()), "-c", SHELL];
  }

  private async proxyPod(): Promise<string[]> {
    const [pod] = await runningPods(this.cluster, this.gatewayNamespace, podLabels("proxy"));
    if (pod === undefined) throw new Failure("no pod of the proxy runs");
    return ["-n", this.gatewayNamespace, pod];
  }

  private async podUrl(which: readonly string[], port: number, path: string): Promise<string> {
    const found = await kubectl(this.cluster, [
      "get",
      ...which,
      "-o",
      "jsonpath={.items[0].status.podIP}{.status.podIP}",
    ]);
    if (found === "") throw new Failure(`no pod matches ${which.join(" ")}`);
    return `http://${found}:${port}/${path}`;
  }
}

/** Runs `use` with an unrelated pod in a namespace of its own, and removes both afterwards. */
export async function withProbe<T>(
  cluster: Cluster,
  gatewayNamespace: string,
  use: (probe: Probe) => Promise<T>,
): Promise<T> {
  const probe = new Probe(cluster, gatewayNamespace);
  try {
    await probe.start();
    return await use(probe);
  } finally {
    await probe.stop();
  }
}

function pod(namespace: string, name: string, image: string, command: readonly string[]): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
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
