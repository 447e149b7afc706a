import type * as kubernetes from "@kubernetes/client-node";
import { Failure } from "./failure";
import { errorMessage } from "../../documents/shared/errorMessage";

/** How to reach a Kubernetes cluster. */
export interface Cluster {
  /**
   * Path of the kubeconfig.
   * @default the one that kubectl takes: of `KUBECONFIG`, else of the home folder, else of the pod
   */
  readonly kubeconfig?: string | undefined;
  /**
   * Context of the kubeconfig.
   * @default its current one
   */
  readonly context?: string | undefined;
}

/** An object for the API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: object;
}

/** A connection to a cluster. */
export interface Connection {
  readonly config: kubernetes.KubeConfig;
  readonly core: kubernetes.CoreV1Api;
  readonly custom: kubernetes.CustomObjectsApi;
  readonly objects: kubernetes.KubernetesObjectApi;
  /** Name of the context, to show to the user. */
  readonly context: string;
  /** URL of the API server. */
  readonly server: string;
}

/** The official client. It is large, so only the commands that call a cluster load it. */
export const kubernetesClient = () => import("@kubernetes/client-node");

/** What the official client assumes if it finds no kubeconfig. */
const NO_KUBECONFIG = "http://localhost:8080";

/**
 * Reads a kubeconfig; it makes no request.
 *
 * @throws {Failure} when the file or the context is not usable
 */
export async function connect({ kubeconfig, context }: Cluster): Promise<Connection> {
  const { CoreV1Api, CustomObjectsApi, KubeConfig, KubernetesObjectApi } = await kubernetesClient();
  const config = new KubeConfig();
  const file = kubeconfig ?? "the kubeconfig";
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${errorMessage(error)}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getCurrentContext() as string | undefined;
  if (!current) throw new Failure(`${file} has no current context: name one with --context.`);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Failure(`${file}: context ${current} names no known cluster.`);
  if (kubeconfig === undefined && server === NO_KUBECONFIG)
    throw new Failure("There is no kubeconfig: name one with --kubeconfig.");
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    objects: KubernetesObjectApi.makeApiClient(config),
    context: current,
    server,
  };
}

/** The API server's answer to a request that it refuses. */
export interface Refusal {
  /** The HTTP status; undefined if there was no answer. */
  readonly code: number | undefined;
  readonly message: string;
}

/** An error of the official client in readable form. */
export function refusalOf(error: unknown): Refusal {
  const { code, body, message = String(error) } = error as Partial<kubernetes.ApiException<unknown>>;
  const status = typeof body === "string" ? parsed(body) : body;
  const said = (status as { readonly message?: unknown } | undefined)?.message;
  return {
    code: typeof code === "number" ? code : undefined,
    message: typeof said === "string" ? said : message,
  };
}

/** Whether the API server answered that there is no such object, or no such kind of object. */
export function isNotFound(error: unknown): boolean {
  return refusalOf(error).code === 404;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text };
  }
}
