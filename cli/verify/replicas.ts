import { interceptors, request } from "undici";
import { podLabels } from "../../components/shared/labels";
import type { Cluster } from "../shared/cluster";
import { eventually } from "../shared/eventually";
import { runningPods } from "../shared/pods";
import { withPortForward } from "../shared/portForward";
import { nginxPorts } from "../../documents/rules/ports";
import type { Browser } from "./browser";
import type { Target } from "./target";

/** Longer than it may take until a changed rule is live. */
const TIMEOUT_SECONDS = 30;

/** Calls the proxy's pods one by one, which is not possible through an ingress controller. */
export class Replicas {
  constructor(
    private readonly cluster: Cluster,
    private readonly target: Target,
    private readonly visitor: () => Promise<Browser>,
  ) {}

  /** The result of {@link askAll} if every replica answers with this status. */
  all(status: string): string {
    return Array.from({ length: this.target.replicas }, () => status).join(", ");
  }

  /** The status of every replica's answer to a person who is signed in. */
  async askAll(url: URL, method: string): Promise<string> {
    const cookie = await (await this.visitor()).cookies.getCookieString(url.href);
    const headers = { host: url.host, accept: "text/html", cookie };
    const ask = async (replica: string) => {
      const answer = await request(replica + url.pathname, { method, headers });
      await answer.body.dump();
      return answer.statusCode;
    };
    const statuses = await withReplicas(this.cluster, this.target.namespace, (replicas) =>
      Promise.all(replicas.map(ask)),
    );
    return statuses.join(", ");
  }
}

/**
 * For kept connections to replicas. When nginx reads new rules, it closes idle connections. If an HTTP client has just
 * taken one of those, it retries.
 */
export const askAgain = interceptors.retry({
  methods: ["GET", "POST"],
  maxRetries: 8,
  minTimeout: 1,
  statusCodes: [],
  errorCodes: ["UND_ERR_SOCKET", "ECONNRESET"],
});

/** Runs `use` with a URL of each of the proxy's pods, without a slash at the end. */
export async function withReplicas<T>(
  cluster: Cluster,
  namespace: string,
  use: (urls: readonly string[]) => Promise<T>,
): Promise<T> {
  const pods = await runningPods(cluster, namespace, podLabels("proxy"));
  const open = ([name, ...others]: readonly string[], opened: readonly string[]): Promise<T> => {
    if (name === undefined) return use(opened);
    return withPortForward(cluster, { namespace, name, port: nginxPorts.proxy }, (port) =>
      open(others, [...opened, `http://127.0.0.1:${port}`]),
    );
  };
  return open(pods, []);
}

/** The last answer, after repeating the request until the answer is the wanted one or time is up. */
export async function eventuallyEqual(ask: () => Promise<string>, wanted: string): Promise<string> {
  let answer = "";
  await eventually(
    async () => {
      answer = await ask();
      if (answer !== wanted) throw new Error(answer);
    },
    { seconds: TIMEOUT_SECONDS },
  ).catch(() => undefined);
  return answer;
}
