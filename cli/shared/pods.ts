import { Writable } from "node:stream";
import { connect, kubernetesClient, refusalOf, type Cluster } from "./cluster";
import { Failure } from "./failure";

/** A container of one pod. */
export interface Container {
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
}

/** The names of the running pods with these labels that are not terminating. */
export async function runningPods(
  cluster: Cluster,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { core } = await connect(cluster);
  const { items } = await core
    .listNamespacedPod({ namespace, labelSelector: selectorOf(labels) })
    .catch((error: unknown) => {
      throw new Failure(
        `The pods of the namespace "${namespace}" cannot be listed: ${refusalOf(error).message}`,
      );
    });
  return items
    .filter(({ metadata, status }) => status?.phase === "Running" && !metadata?.deletionTimestamp)
    .flatMap(({ metadata }) => metadata?.name ?? []);
}

/** Labels as a selector for the API server. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map((label) => label.join("="))
    .join(",");
}

/** Runs a command in a container, and returns its standard output. */
export async function runInContainer(
  cluster: Cluster,
  container: Container,
  command: readonly string[],
): Promise<string> {
  const { config } = await connect(cluster);
  const { Exec } = await kubernetesClient();
  const { namespace, pod, name } = container;
  let printed = "";
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString();
      done();
    },
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      reject(new Failure(`no shell in ${namespace}/${pod}, container ${name}: ${why}`));
    };
    new Exec(config)
      .exec(namespace, pod, name, [...command], stdout, null, null, false, ({ status, message }) => {
        if (status === "Success") resolve(printed);
        else fail(message ?? "the command failed");
      })
      .then(
        (socket) => {
          socket.on("close", () => {
            fail("the connection was closed");
          });
        },
        (error: unknown) => {
          fail(refusalOf(error).message);
        },
      );
  });
}
