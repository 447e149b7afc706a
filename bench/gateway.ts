import { withBrowsers } from "../cli/verify/browser";
import { DevStack } from "../dev/devStack";
import { people, signIn } from "../cli/verify/signIn";
import type { Target } from "../cli/verify/target";
import { kubectl } from "../dev/kubectl";
import { ensureCluster } from "../dev/cluster";
import type { DevCluster } from "../dev/devCluster";
import { Failure } from "../cli/shared/failure";
import type { InstanceName } from "../dev/instances";
import type { Progress } from "../cli/shared/progress";
import { defaultSessionCookie } from "../documents/shared/cookies";
import { oauth2ProxyRedirectUri } from "./oauth2ProxyAddress";
import { selectorOf } from "../cli/shared/pods";

/** The dev stack, running on the benchmark's cluster. */
export interface Gateway {
  readonly cluster: DevCluster;
  readonly devStack: DevStack;
  readonly target: Target;
  readonly progress: Progress;
  /** The address of the ingress controller. */
  readonly origin: string;
  /** The Cookie header of a signed-in person. */
  readonly cookie: string;
}

/** The input of a part of the benchmark. */
export interface Conditions {
  readonly instance: InstanceName;
  /** How often everything is measured, in turns. */
  readonly turns: number;
  readonly progress: Progress;
}

export interface KubernetesObject {
  readonly metadata: { readonly name: string };
}

/** Changes the replicas of a Deployment in the gateway's namespace, and waits for them. */
export async function scale(
  { cluster, target }: Pick<Gateway, "cluster" | "target">,
  deployment: string,
  replicas: number,
): Promise<void> {
  const name = `deployment/${deployment}`;
  await kubectl(cluster, ["scale", name, "-n", target.namespace, `--replicas=${replicas}`]);
  await kubectl(cluster, ["rollout", "status", name, "-n", target.namespace, "--timeout=180s"]);
}

/** Brings the dev stack up, if it is not, and signs a person in. */
export async function gatewayUp({ instance, progress }: Conditions): Promise<Gateway> {
  const cluster = await ensureCluster({ instance, progress });
  const devStack = new DevStack(cluster, progress, {
    redirectUris: [oauth2ProxyRedirectUri(cluster.instance)],
  });
  const target = await devStack.up();
  const origin = `http://127.0.0.1:${cluster.instance.port}`;
  return { cluster, devStack, target, progress, origin, cookie: await sessionCookie(target) };
}

async function sessionCookie({ service }: Target): Promise<string> {
  return withBrowsers([], async (fresh) => {
    const browser = fresh();
    await signIn(browser, service, "stub", people.admitted);
    const cookies = await browser.cookies.getCookies(service);
    const session = cookies.find(({ key }) => key === defaultSessionCookie);
    if (!session) throw new Failure(`Nobody could sign in at ${service}.`);
    return session.cookieString();
  });
}

/** The one object of a kind with these labels. */
export async function only<T extends KubernetesObject>(
  cluster: DevCluster,
  kind: string,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<T> {
  const found = await all<T>(cluster, kind, namespace, labels);
  const [first] = found;
  if (!first || found.length > 1) throw new Failure(`${found.length} ${kind} of ${JSON.stringify(labels)}`);
  return first;
}

/** The objects of a kind with these labels. */
export async function all<T extends KubernetesObject>(
  cluster: DevCluster,
  kind: string,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly T[]> {
  const printed = await kubectl(cluster, [
    ...["get", kind, "-n", namespace, "-l", selectorOf(labels), "-o", "json"],
  ]);
  return (JSON.parse(printed) as { items: T[] }).items;
}

/** Creates or changes objects. */
export async function apply(cluster: DevCluster, items: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(
    cluster,
    ["apply", "--server-side", "--force-conflicts", "--field-manager", "portcullis-bench", "-f", "-"],
    list,
  );
}
