import { overlapProblems, type NamedRule } from "../../documents/oathkeeper/ruleIndex";
import { describeProblem } from "../../documents/shared/problem";
import type { PlannedResource, PolicyFinding, Preview } from "./preview";
import { policies } from "../../policy/registry";
import type { Levels } from "./levels";
import type { Item } from "./report";

/** The results of the program, the policies and the comparison with the cluster's Rules. */
export function itemsOf(preview: Preview, levels: Levels, onCluster: readonly NamedRule[]): Item[] {
  const { planned, errors, findings, warnings } = preview;
  // The engine plans a replaced Rule in two steps.
  const ours = uniqueBy(nameOf, planned.filter(({ isRemoved }) => !isRemoved).flatMap(ruleIn));
  const known = new Set(planned.flatMap(ruleIn).map(nameOf));
  const foreign = onCluster.filter((rule) => !known.has(nameOf(rule)));
  return [
    // The engine reports some errors twice.
    ...[...new Set(errors)].map((message): Item => ({ level: "error", source: "program", message })),
    ...[...new Set(warnings)].map((message): Item => ({ level: "warning", source: "program", message })),
    ...findings.map((finding) => itemOf(finding, levels)),
    ...overlapProblems(ours, foreign).map((problem): Item => ({
      level: "error",
      source: "rules",
      message: describeProblem(problem),
    })),
  ];
}

function itemOf({ policy, urn, message }: PolicyFinding, levels: Levels): Item {
  // The SDK's message for a policy that met a value which only an update knows.
  const waits = /^can't run policy .* during preview: (.*)$/s.exec(message)?.[1];
  if (waits !== undefined) return { level: "note", source: policy, message: `${resourceOf(urn)}${waits}` };
  // The engine puts the policy's description before the finding.
  const found = message.split("\n").slice(1).join("\n").trim();
  const severity = policies.find(({ name }) => name === policy)?.severity;
  return {
    level: levels.get(policy) === "mandatory" ? "error" : "warning",
    ...(severity !== undefined && { severity }),
    source: policy,
    message: `${resourceOf(urn)}${found === "" ? message : found}`,
  };
}

/** Kind and name of a resource; nothing for the whole stack. */
function resourceOf(urn: string): string {
  const [, , types = "", name] = urn.split("::");
  return name === undefined ? "" : `${types.split(":").at(-1) ?? ""} ${name}: `;
}

function uniqueBy<T>(key: (one: T) => string, all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

function nameOf({ namespace, name }: NamedRule): string {
  return `${namespace}/${name}`;
}

function ruleIn({ type, inputs }: PlannedResource): NamedRule[] {
  const isRule = /^kubernetes:oathkeeper\.ory\.sh\/\w+:Rule$/.test(type);
  return isRule ? namedRule(inputs) : [];
}

/** A Rule as far as it is known. */
export function namedRule(object: unknown): NamedRule[] {
  const { metadata, spec } = object as {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
    readonly spec?: { readonly match?: { readonly url?: string; readonly methods?: readonly string[] } };
  };
  const { url, methods = [] } = spec?.match ?? {};
  if (metadata?.name === undefined || url === undefined) return [];
  return [{ namespace: metadata.namespace ?? "default", name: metadata.name, url, methods }];
}
