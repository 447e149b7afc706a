import { output, StackReference, type Input } from "@pulumi/pulumi";
import { nginxPorts } from "../documents/rules/ports";
import type { GrantedMeans } from "../documents/rules/upstreamOptions";
import type { Problem } from "../documents/shared/problem";
import { isObject, isSecretOutput, noOutput, refProblems } from "./gatewayRef/problems";
import { InputProblem } from "./shared/errors";
import { podLabels, type Labels } from "./shared/labels";
import { ofRun } from "./shared/runs";
import type { RouteRef, TlsArgs } from "./shared/route";
import { parsedJson } from "../documents/shared/json";

/** Where a gateway's proxy is. */
export interface ProxyRef {
  /** The proxy's namespace. */
  readonly namespace: Input<string>;
  /** Name of its Service, to which routes lead. */
  readonly service: Input<string>;
  /** Port of that Service. */
  readonly port: number;
  /**
   * Name of the Service, with the same port, to which routes of gRPC services lead.
   * @default a gateway that takes no gRPC services yet
   */
  readonly grpcService?: Input<string>;
  /** Labels of its pods, which the services' NetworkPolicies let in. */
  readonly pods: Labels;
}

/** What a {@link ProtectedService} has to know about its gateway. It is data and holds no secret. */
export interface GatewayRef {
  /** Raised when a field changes its meaning. */
  readonly version: 2;
  /** Domain of all protected hosts, with the port that browsers use if it is not the scheme's default. */
  readonly domain: string;
  /** Namespace of the Rules and routes of services that name no namespace of their own. */
  readonly namespace: Input<string>;
  /** Where the proxy is, and which of its pods and ports matter to services. */
  readonly proxy: ProxyRef;
  /** What a service has to know about the gateway's route. */
  readonly route: RouteRef;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /**
   * The `iss` of the cluster's service account tokens, if the gateway lets services accept them.
   * @default service account tokens are not accepted
   */
  readonly serviceAccountIssuer?: string;
  /**
   * Whether the proxy connects only to pods of the cluster.
   * @default not known
   */
  readonly clusterOnly?: boolean;
  /**
   * What a service may name for the connection to its upstream.
   * @default not known
   */
  readonly upstreams?: GrantedMeans;
  /**
   * Names of the gateway's groups, which services may let in. Their members are not included.
   * @default not known
   */
  readonly groups?: readonly string[];
}

/** The default name of the output in which a gateway's stack publishes its {@link GatewayRef}. */
export const gatewayOutput = "gateway";

/** How a program gets a gateway that it does not create itself. */
export const GatewayRef = {
  /**
   * Reads the gateway of another stack from that stack's output.
   *
   * @example
   * const gateway = await GatewayRef.fromStack("acme/platform/production");
   * new ProtectedService("grafana", { gateway, upstream: { service: grafana, port: "http" } });
   * @param stack fully qualified name, or the program's own reference to it
   * @param name the output's name; `gateway` by default
   * @throws InputProblem when the stack has no such output, or it is not a gateway's
   * @see https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
   */
  async fromStack(stack: string | StackReference, name: string = gatewayOutput): Promise<GatewayRef> {
    const reference = typeof stack === "string" ? referenceTo(stack) : stack;
    const details = await reference.getOutputDetails(name);
    const value: unknown = details.value;
    const subject = `output "${name}" of the stack ${await nameOf(reference)}`;
    if (details.secretValue !== undefined) throw new InputProblem(subject, [isSecretOutput]);
    if (value === undefined) throw new InputProblem(subject, [noOutput]);
    return read(subject, value);
  },

  /**
   * Reads a gateway from JSON, as `pulumi stack output gateway --json` prints it.
   *
   * @throws InputProblem that names every field that is not usable
   */
  fromJson(json: string): GatewayRef {
    return read("the gateway's JSON", parsedJson(json));
  },
} as const;

const references = ofRun(() => new Map<string, StackReference>());

/** One reference per stack, under a name that a program's own reference to it does not have. */
function referenceTo(stack: string): StackReference {
  const made = references().get(stack) ?? new StackReference(`portcullis-${stack}`, { name: stack });
  references().set(stack, made);
  return made;
}

function nameOf({ name }: StackReference): Promise<string> {
  return new Promise((resolve) => {
    output(name).apply(resolve);
  });
}

function read(subject: string, value: unknown): GatewayRef {
  const { problems, ref } = readRef(value);
  if (problems.length > 0) throw new InputProblem(subject, problems);
  return ref;
}

/** Reads what another program has written about its gateway; the reference is usable if there are no problems. */
export function readRef(value: unknown): { readonly ref: GatewayRef; readonly problems: readonly Problem[] } {
  const current = upgraded(value);
  return { ref: current as GatewayRef, problems: refProblems(current) };
}

/** Version 1 did not say which pods and port the proxy has: they were those of an AccessProxy. */
function upgraded(value: unknown): unknown {
  if (!isObject(value) || value["version"] !== 1) return value;
  const { proxyService: service, namespace, ...rest } = value;
  const proxy = { namespace, service, port: nginxPorts.proxy, pods: podLabels("proxy") };
  return { ...rest, version: 2, namespace, proxy };
}
