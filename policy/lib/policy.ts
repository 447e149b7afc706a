import type {
  EnforcementLevel,
  PolicyComplianceFramework,
  PolicyConfigSchema,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { describeProblem, type Problem } from "../../documents/shared/problem";
import { objectsOf, type KubernetesObject } from "./objects";
import { asPatched, writes } from "./patches";
import { ifKnown, ofEach } from "./unknown";

/** The schema of an option, and its default. */
type OptionSchema<Value> = PolicyConfigSchema["properties"][string] & {
  readonly description: string;
  readonly default: Value;
};

interface Definition<Options extends object> {
  /** Kebab case; the key of its configuration. */
  readonly name: string;
  /** The requirement, as one sentence. */
  readonly description: string;
  /** What happens if a program does not meet it, unless the pack's configuration says otherwise. */
  readonly level: EnforcementLevel;
  readonly severity: Severity;
  /** Why it is required, for the documentation. */
  readonly why: string;
  /** What to do about a violation, as one or two sentences. */
  readonly remediationSteps: string;
  /** The page with more information. */
  readonly url: string;
  /** The standard that requires it. */
  readonly framework?: PolicyComplianceFramework;
  readonly options: { readonly [Key in keyof Options]: OptionSchema<Options[Key]> };
}

interface ObjectDefinition<Options extends object> extends Definition<Options> {
  readonly check: (object: KubernetesObject, options: Options) => Iterable<Problem>;
}

/** The objects that a stack creates, without those that it only patches. */
export type Made = readonly KubernetesObject[];

/** Reads something from a stack once, whichever of its objects needs it. */
export function perStack<Value>(read: (made: Made) => Value): (made: Made) => Value {
  const values = new WeakMap<Made, { readonly value: Value }>();
  return (made) => {
    const known = values.get(made) ?? { value: read(made) };
    values.set(made, known);
    return known.value;
  };
}

/** A resource as a policy sees it. */
export interface CheckedResource {
  readonly type: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
}

interface ResourceDefinition<Options extends object> extends Definition<Options> {
  readonly check: (resource: CheckedResource, options: Options) => Iterable<Problem>;
}

/** A problem in one of a stack's objects. */
export interface Violation {
  readonly object: KubernetesObject;
  readonly problem: Problem;
}

interface StackDefinition<Options extends object> extends Definition<Options> {
  readonly check: (object: KubernetesObject, made: Made, options: Options) => Iterable<Problem>;
}

/** What the documentation says about a policy. */
export interface Described {
  readonly why: string;
}

export type PackPolicy = (ResourceValidationPolicy | StackValidationPolicy) & Described;

/** A policy for resources of any provider, by the inputs from the program. */
export function resourcePolicy<Options extends object>(
  definition: ResourceDefinition<Options>,
): ResourceValidationPolicy & Described {
  return {
    ...common(definition),
    validateResource: (args, reportViolation) => {
      for (const problem of definition.check(args, optionsOf(definition, args)))
        reportViolation(describeProblem(problem));
    },
  };
}

/** A policy for single Kubernetes objects. */
export function objectPolicy<Options extends object>(
  definition: ObjectDefinition<Options>,
): ResourceValidationPolicy & Described {
  return resourcePolicy({
    ...definition,
    *check(resource, options) {
      yield* ofEach(objectsOf(resource), (object) => reported(object, definition.check(object, options)));
    },
  });
}

/** A policy for Kubernetes objects that depend on others. It runs once all objects of the stack are known. */
export function stackPolicy<Options extends object>(
  definition: StackDefinition<Options>,
): StackValidationPolicy & Described {
  return {
    ...common(definition),
    validateStack: (args, reportViolation) => {
      const options = optionsOf(definition, args);
      const made = args.resources
        .flatMap((resource) => ifKnown(() => objectsOf(resource)) ?? [])
        .filter(({ isPatch }) => !isPatch);
      const violations = ofEach(args.resources, (resource) =>
        ofEach(objectsOf(resource), function* (object): Generator<Violation> {
          const subject = object.isPatch ? asPatched(object, made) : object;
          const problems = definition.check(subject, made, options);
          for (const problem of reported(object, problems)) yield { object, problem };
        }),
      );
      for (const { object, problem } of violations) reportViolation(describeProblem(problem), object.urn);
    },
  };
}

/** Converts problems of a resource's object to problems of the resource; for a patch, only those in what it writes. */
function* reported(object: KubernetesObject, problems: Iterable<Problem>): Generator<Problem> {
  for (const problem of problems)
    if (!object.isPatch || writes(object, problem.path))
      yield { ...problem, path: object.prefix + problem.path };
}

function common<Options extends object>(definition: Definition<Options>) {
  const { name, description, level, severity, why, remediationSteps, url, framework, options } = definition;
  return {
    name,
    description,
    enforcementLevel: level,
    severity,
    why,
    remediationSteps,
    url,
    ...(framework && { framework }),
    ...(Object.keys(options).length > 0 && {
      configSchema: { properties: options as PolicyConfigSchema["properties"] },
    }),
  };
}

/** The engine fills in the defaults too, but packs may also run without the engine. */
function optionsOf<Options extends object>(
  { options }: Definition<Options>,
  args: Pick<ResourceValidationArgs, "getConfig">,
): Options {
  const defaults = Object.entries<OptionSchema<unknown>>(options).map(
    ([key, schema]) => [key, schema.default] as const,
  );
  return { ...Object.fromEntries(defaults), ...args.getConfig<Partial<Options>>() } as Options;
}
