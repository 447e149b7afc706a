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

/** What an option may be, and what it is when nobody says. */
type OptionSchema<Value> = PolicyConfigSchema["properties"][string] & {
  readonly description: string;
  readonly default: Value;
};

interface Definition<Options extends object> {
  /** Kebab case; the key of its configuration. */
  readonly name: string;
  /** The requirement, as one sentence. */
  readonly description: string;
  /** What happens to a program that does not meet it, where its configuration says nothing else. */
  readonly level: EnforcementLevel;
  readonly severity: Severity;
  /** Why it is one, for the documentation. */
  readonly why: string;
  /** What to do about a violation, as one or two sentences. */
  readonly remediationSteps: string;
  /** The page that says more. */
  readonly url: string;
  /** Whose requirement it is. */
  readonly framework?: PolicyComplianceFramework;
  readonly options: { readonly [Key in keyof Options]: OptionSchema<Options[Key]> };
}

interface ObjectDefinition<Options extends object> extends Definition<Options> {
  readonly check: (object: KubernetesObject, options: Options) => Iterable<Problem>;
}

/** The objects that a stack makes, without those that it only patches. */
export type Made = readonly KubernetesObject[];

/** What is read of a stack once, whichever of its objects asks. */
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

/** A problem of one of a stack's objects. */
export interface Violation {
  readonly object: KubernetesObject;
  readonly problem: Problem;
}

interface StackDefinition<Options extends object> extends Definition<Options> {
  readonly check: (object: KubernetesObject, made: Made, options: Options) => Iterable<Problem>;
}

/** What the documentation says of a policy. */
export interface Described {
  readonly why: string;
}

export type PackPolicy = (ResourceValidationPolicy | StackValidationPolicy) & Described;

/** A policy about resources of any provider, by the inputs that the program gives them. */
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

/** A policy about single Kubernetes objects. */
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

/** A policy about Kubernetes objects that need others beside them. It runs once all of the stack are known. */
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

/** Problems of a resource's object as problems of the resource; for a patch, those of what it writes. */
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

/** The engine fills in the defaults too, but not every runner of packs is the engine. */
function optionsOf<Options extends object>(
  { options }: Definition<Options>,
  args: Pick<ResourceValidationArgs, "getConfig">,
): Options {
  const defaults = Object.entries<OptionSchema<unknown>>(options).map(
    ([key, schema]) => [key, schema.default] as const,
  );
  return { ...Object.fromEntries(defaults), ...args.getConfig<Partial<Options>>() } as Options;
}
