import { Output, type Resource } from "@pulumi/pulumi";
import { found, type Problem } from "../../documents/shared/problem";
import type { AccessGateway } from "../accessGateway";
import type { GatewayRef } from "../gatewayRef";
import { isObject } from "../gatewayRef/problems";
import { InputProblem } from "../shared/errors";

/**
 * What a service has to know of its gateway, and what has to outlive its Rules: the operator takes deleted ones away.
 *
 * @throws InputProblem for what is no gateway, which only a program without types can give
 */
export function gatewayOf(
  subject: string,
  gateway: AccessGateway | GatewayRef,
): readonly [GatewayRef, Resource[]] {
  const problem = formProblem(gateway);
  if (problem) throw new InputProblem(subject, [problem]);
  return "ref" in gateway ? [gateway.ref, [gateway.ruleOperator]] : [gateway, []];
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
