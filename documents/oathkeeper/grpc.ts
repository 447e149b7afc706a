import type { UpstreamOptions } from "../rules/upstreamOptions";
import type { Partly } from "../shared/partly";
import { found, type Path, type Problem } from "../shared/problem";
import type { AccessPolicy } from "./accessRules";

/** How the proxy connects to an upstream: gRPC is HTTP/2, in cleartext or with TLS. */
export type UpstreamScheme = "http" | "https" | "grpc" | "grpcs";

export const upstreamSchemes = [
  "http",
  "https",
  "grpc",
  "grpcs",
] as const satisfies readonly UpstreamScheme[];

/** Whether a scheme is a gRPC scheme. */
export function isGrpc(scheme: string | undefined): boolean {
  return scheme === "grpc" || scheme === "grpcs";
}

/** An upstream's URL as a Rule has it: its definition allows only http and https, so the protocol is elsewhere in the Rule. */
export function ruleUrl(url: string): string {
  return url.replace(/^grpc(s?):/, "http$1:");
}

type GrpcPolicy = Partly<Pick<AccessPolicy, "methods" | "publicPaths" | "stripPath">> & {
  readonly upstream?: Partly<UpstreamOptions> | undefined;
};

/** Checks what makes no sense for a service that speaks gRPC; `path` names a property of it. */
export function grpcProblems(path: Path, policy: GrpcPolicy): Problem[] {
  const { methods, publicPaths = [], stripPath, upstream } = policy;
  const problem = (property: string, value: unknown, reason: string, fix: string): Problem => ({
    path: path(property),
    value: found(value),
    reason,
    fix,
  });
  return [
    ...(upstream?.buffering
      ? [
          problem(
            "upstream.buffering",
            upstream.buffering,
            "is for HTTP: the messages of a call pass as they come",
            "Leave it out.",
          ),
        ]
      : []),
    ...(stripPath
      ? [
          problem(
            "stripPath",
            stripPath,
            "removes the name of the service from each call, and without it a gRPC server knows no method",
            "Leave it out.",
          ),
        ]
      : []),
    ...(methods && !methods.includes("POST")
      ? [problem("methods", methods, "lacks POST, which every gRPC call is", "Add POST, or leave it out.")]
      : []),
    ...publicPaths.flatMap(({ path: text, methods: open }, index) =>
      text !== undefined && method.test(text) && !open?.includes("POST")
        ? [
            problem(
              `publicPaths[${index}].methods`,
              open,
              "lacks POST, which every gRPC call is: nobody could make this one",
              'Write methods: ["POST"].',
            ),
          ]
        : [],
    ),
  ];
}

/** What a gRPC client requests: `/package.Service/Method`, or all methods of a service. */
const method = /^\/(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*(?:\/\w+)?$/;
