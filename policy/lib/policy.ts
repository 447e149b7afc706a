import type {
  EnforcementLevel,
  PolicyConfigSchema,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { describeProblem, type Problem } from "../../ory/problem";
import { objectOf, type KubernetesObject } from "./objects";
import { ofEach } from "./unknown";

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
  /** Why it is one, for the documentation. */
  readonly why: string;
  readonly options: { readonly [Key in keyof Options]: OptionSchema<Options[Key]> };
}

interface ObjectDefinition<Options extends object> extends Definition<Options> {
  readonly check: (object: KubernetesObject, options: Options) => Iterable<Problem>;
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
export interface Finding {
  readonly object: KubernetesObject;
  readonly problem: Problem;
}

interface StackDefinition<Options extends object> extends Definition<Options> {
  readonly check: (
    object: KubernetesObject,
    all: readonly KubernetesObject[],
    options: Options,
  ) => Iterable<Problem>;
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
      const object = objectOf(resource);
      if (object) yield* definition.check(object, options);
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
      const all = args.resources.flatMap((resource) => objectOf(resource) ?? []);
      const findings = ofEach(all, function* (object): Generator<Finding> {
        for (const problem of definition.check(object, all, options)) yield { object, problem };
      });
      for (const { object, problem } of findings) reportViolation(describeProblem(problem), object.urn);
    },
  };
}

function common<Options extends object>({ name, description, level, options, why }: Definition<Options>) {
  return {
    name,
    description,
    enforcementLevel: level,
    why,
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
