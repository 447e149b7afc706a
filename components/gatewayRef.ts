import { output, StackReference, type Input } from "@pulumi/pulumi";
import { domainProblems } from "../documents/oathkeeper/hosts";
import { found, type Problem } from "../documents/shared/problem";
import { InputProblem } from "./shared/errors";
import type { RouteRef, TlsArgs } from "./shared/route";

/** What a {@link ProtectedService} has to know of its gateway. It is data and holds no secret. */
export interface GatewayRef {
  /** Raised when a field changes its meaning. */
  readonly version: 1;
  /** Zone of all protected hosts, with the port browsers use where it is not the scheme's own. */
  readonly domain: string;
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Name of the proxy's Service in that namespace. */
  readonly proxyService: Input<string>;
  /** What a service has to know of the gateway's route. */
  readonly route: RouteRef;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /**
   * The `iss` of the cluster's service account tokens, where the gateway lets services take them.
   * @default no service account is a caller
   */
  readonly serviceAccountIssuer?: string;
  /**
   * Whether the proxy connects to nothing but pods of the cluster.
   * @default not known
   */
  readonly clusterOnly?: boolean;
}

/** The output that a gateway's stack carries its {@link GatewayRef} in, unless told otherwise. */
export const gatewayOutput = "gateway";

/** How another program comes by the gateway it does not make itself. */
export const GatewayRef = {
  /**
   * Reads the gateway of another stack from that stack's output.
   *
   * @example
   * const gateway = await GatewayRef.fromStack("acme/platform/production");
   * new ProtectedService("grafana", { gateway, upstream: { service: grafana, port: "http" } });
   * @param stack fully qualified name, or a reference to it
   * @param name the output's name; {@link gatewayOutput} by default
   * @throws InputProblem when the stack has no such output, or it is not a gateway's
   * @see https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences
   */
  async fromStack(stack: string | StackReference, name: string = gatewayOutput): Promise<GatewayRef> {
    const reference = typeof stack === "string" ? new StackReference(stack) : stack;
    const details = await reference.getOutputDetails(name);
    return read(`output "${name}" of the stack ${await nameOf(reference)}`, details.value as unknown);
  },

  /**
   * Reads a gateway from JSON, as `pulumi stack output gateway --json` prints it.
   *
   * @throws InputProblem that names every field that is not usable
   */
  fromJson(json: string): GatewayRef {
    return read("the gateway's JSON", parsed(json));
  },
} as const;

function nameOf({ name }: StackReference): Promise<string> {
  return new Promise((resolve) => {
    output(name).apply(resolve);
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function read(subject: string, value: unknown): GatewayRef {
  const problems = refProblems(value);
  if (problems.length > 0) throw new InputProblem(subject, problems);
  return value as GatewayRef;
}

const remedy = "Run `pulumi up` of the gateway's stack with this version of the library.";

function refProblems(value: unknown): Problem[] {
  if (typeof value !== "object" || value === null)
    return [{ path: "(all)", value: found(value), reason: "is not a gateway", fix: remedy }];
  const given = value as Readonly<Record<string, unknown>>;
  if (given["version"] !== 1)
    return [
      {
        path: "version",
        value: found(given["version"]),
        reason: "is not a version of gateways that this library reads",
        fix: remedy,
      },
    ];
  const domain = given["domain"];
  return [
    ...(typeof domain === "string" ? domainProblems("domain", domain) : wrong("domain", domain, "text")),
    ...["namespace", "proxyService"].flatMap((path) =>
      typeof given[path] === "string" ? [] : wrong(path, given[path], "text"),
    ),
    ...(isObject(given["route"]) ? [] : wrong("route", given["route"], "an object")),
    ...(["undefined", "string"].includes(typeof given["serviceAccountIssuer"])
      ? []
      : wrong("serviceAccountIssuer", given["serviceAccountIssuer"], "text")),
    ...(given["tls"] === "off" || given["tls"] === "external" || isObject(given["tls"])
      ? []
      : wrong("tls", given["tls"], '"off", "external" or an object')),
  ];
}

function wrong(path: string, value: unknown, form: string): Problem[] {
  return [{ path, value: found(value), reason: `is not ${form}`, fix: remedy }];
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
