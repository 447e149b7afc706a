import { Output, type Input, type Resource } from "@pulumi/pulumi";
import { found, type Problem } from "../../documents/shared/problem";
import type { AccessGateway } from "../accessGateway";
import { readRef, type GatewayRef } from "../gatewayRef";
import { isObject, versionProblems } from "../gatewayRef/problems";
import { InputProblem } from "../shared/errors";

/**
 * What a service has to know about its gateway, and what has to outlive its Rules: the operator removes deleted ones.
 *
 * @throws InputProblem if the value is not a gateway, or one of a version that this library does not read, which only an
 * untyped program can pass
 */
export function gatewayOf(
  subject: string,
  gateway: AccessGateway | GatewayRef,
): readonly [GatewayRef, Resource[]] {
  const problem = formProblem(gateway);
  if (problem) throw new InputProblem(subject, [problem]);
  return "ref" in gateway ? [gateway.ref, [gateway.ruleOperator]] : [currentRef(subject, gateway), []];
}

/** Whether a service's namespace is the gateway's own, as far as that can be told before either is known. */
export function isOwnNamespace(
  namespace: Input<string> | undefined,
  gateway: AccessGateway | GatewayRef,
  ref: GatewayRef,
): boolean {
  return namespace !== undefined && [gateway.namespace, ref.namespace].includes(namespace);
}

/** A reference that an older version has written, read as `GatewayRef.fromStack` reads it. */
function currentRef(subject: string, gateway: GatewayRef): GatewayRef {
  if (versionProblems("version", gateway.version).length === 0) return gateway;
  const { problems, ref } = readRef(gateway);
  if (problems.length === 0) return ref;
  const ofArgument = problems.map((problem) => ({ ...problem, path: `args.gateway.${problem.path}` }));
  throw new InputProblem(subject, ofArgument);
}

function formProblem(gateway: unknown): Problem | undefined {
  const isLater = Output.isInstance(gateway) || gateway instanceof Promise;
  if (isObject(gateway) && !isLater && ("ref" in gateway || typeof gateway["domain"] === "string"))
    return undefined;
  return {
    path: "args.gateway",
    value: isLater ? "an output" : found(gateway),
    reason: "is not a gateway",
    fix: "Give an AccessGateway, or what `await GatewayRef.fromStack(…)` gives.",
  };
}
