import { podLabels } from "../../components/shared/labels";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { runningPods } from "../../cli/shared/pods";
import { withPortForward } from "../../cli/shared/portForward";
import { kratosPorts } from "../../documents/kratos/config";

/** Runs `use` with the URL of Kratos' public API that the proxy and the login UI use: past the front. */
export async function withKratosUrl<T>(
  cluster: DevCluster,
  namespace: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const [name] = await runningPods(cluster, namespace, podLabels("identity-server"));
  if (name === undefined) throw new Error("no pod of the identity server runs");
  return withPortForward(cluster, { namespace, name, port: kratosPorts.public }, (port) =>
    use(`http://127.0.0.1:${String(port)}`),
  );
}

/** The output of one statement in the dev stack's database. */
export async function sql(cluster: DevCluster, namespace: string, statement: string): Promise<string> {
  const [name = ""] = await runningPods(cluster, namespace, podLabels("postgres"));
  const psql = `PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -U kratos -d kratos -tAc "${statement}"`;
  return (await kubectl(cluster, ["exec", "-n", namespace, name, "--", "sh", "-c", psql])).trim();
}
