import type { UpstreamOptions } from "../rules/upstreamOptions";
import type { Partly } from "../shared/partly";
import { found, type Path, type Problem } from "../shared/problem";
import type { AccessPolicy } from "./accessRules";

/** How the proxy asks an upstream: gRPC is HTTP/2, in cleartext or with TLS. */
export type UpstreamScheme = "http" | "https" | "grpc" | "grpcs";

export const upstreamSchemes = [
  "http",
  "https",
  "grpc",
  "grpcs",
] as const satisfies readonly UpstreamScheme[];

/** Whether that is a scheme of gRPC's. */
export function isGrpc(scheme: string | undefined): boolean {
  return scheme === "grpc" || scheme === "grpcs";
}

/** An upstream's URL as a Rule has it: what is spoken there it says elsewhere, its definition takes http and https only. */
export function ruleUrl(url: string): string {
  return url.replace(/^grpc(s?):/, "http$1:");
}

type GrpcPolicy = Partly<Pick<AccessPolicy, "methods" | "publicPaths" | "stripPath">> & {
  readonly upstream?: Partly<UpstreamOptions> | undefined;
};

/** Checks what makes no sense for a service that is asked by gRPC; `path` names a property of it. */
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
            "takes the name of the service from each call, without which a gRPC server knows no method",
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

/** What a gRPC client asks for, `/package.Service/Method`, or all methods of a service. */
const method = /^\/(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*(?:\/\w+)?$/;
