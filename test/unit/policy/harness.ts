import * as sdk from "@pulumi/policy";
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import assert from "node:assert/strict";
import type { Registered } from "../mocks";

/** A resource as the engine shows it to a policy. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Types of its parents, outermost first. */
  readonly parents?: readonly string[];
}

export interface Verdict {
  /** Each violation, as `name of the resource: message`. */
  readonly violations: readonly string[];
  /** The property that the policy would have needed to know. */
  readonly unknown?: string;
}

export interface Circumstances {
  /** Options of the policy, as its configuration file says. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

type Policy = ResourceValidationPolicy | StackValidationPolicy;

// The package's own declarations omit these two.
const { unknownCheckingProxy, UnknownValueError } = sdk as unknown as {
  unknownCheckingProxy: <T>(inputs: T) => T;
  UnknownValueError: new () => Error & { readonly props: readonly string[] };
};

/** The placeholder of a text that a preview does not know yet. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Runs a policy on a stack the way the SDK's own server does. */
export function judge(
  policy: Policy,
  resources: readonly Resource[],
  { options = {}, stack = "test" }: Circumstances = {},
): Verdict {
  const violations: string[] = [];
  const seen = resources.map((resource) => asSeen(resource, stack));
  const nameOf = (urn: string | undefined) => seen.find((one) => one.urn === urn)?.name ?? "";
  const common = {
    stackTags: new Map<string, string>(),
    getConfig: (() => options) as ResourceValidationArgs["getConfig"],
    notApplicable: () => assert.fail("no policy here uses it"),
  };
  let unknown: string | undefined;
  const run = (check: () => unknown) => {
    try {
      check();
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      unknown = error.props.join(".");
    }
  };
  if ("validateStack" in policy)
    run(() =>
      policy.validateStack({ ...common, resources: seen as unknown as PolicyResource[] }, (message, urn) =>
        violations.push(`${nameOf(urn)}: ${message}`),
      ),
    );
  else
    for (const resource of seen)
      run(() => {
        assert.ok(typeof policy.validateResource === "function");
        return policy.validateResource(
          { ...common, ...resource, opts: {} } as unknown as ResourceValidationArgs,
          (message) => violations.push(`${resource.name}: ${message}`),
        );
      });
  return { violations, ...(unknown !== undefined && { unknown }) };
}

function asSeen({ type, name, props, parents = [] }: Resource, stack: string) {
  const types = [...parents, type].join("$");
  return {
    type,
    name,
    urn: `urn:pulumi:${stack}::program::${types}::${name}`,
    props: unknownCheckingProxy(props),
  };
}

/** A copy of a resource with one property changed; `undefined` removes it. */
export function change(resource: Resource, path: string, value: unknown): Resource {
  const props = structuredClone(resource.props) as Record<string, unknown>;
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  const last = keys.pop() ?? assert.fail("no path");
  const parent = keys.reduce<Record<string, unknown>>((inner, key) => {
    const next = (inner[key] ??= {});
    assert.ok(typeof next === "object", `${path} leads through a value`);
    return next as Record<string, unknown>;
  }, props);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return { ...resource, props };
}

/** A resource that exists, with the name that a provider gave it. */
export function asKnown({ type, name, parent, inputs }: Registered): Resource {
  const { metadata } = inputs;
  const named =
    typeof metadata === "object" && !Array.isArray(metadata) ? { metadata: { name, ...metadata } } : {};
  return { type, name, props: { ...inputs, ...named }, ...(parent !== undefined && { parents: [parent] }) };
}
