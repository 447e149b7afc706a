import { annotation, text } from "./cel";

/**
 * Annotation of a namespace; its value {@link unjudged} makes the API server treat the namespace as the gateway's own. The
 * roles edit and admin cannot write it: they have no write access to Namespace objects.
 */
export const admissionAnnotation = "portcullis-admission";
export const unjudged = "off";

/** A condition of the Common Expression Language, and the message if it is false. */
export interface Validation {
  readonly expression: string;
  readonly message: string;
  /** The same message with what was found; the API server falls back to `message`. */
  readonly messageExpression?: string;
}

export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

interface ResourceRule {
  readonly apiGroups: string[];
  readonly apiVersions: string[];
  readonly operations: ("CREATE" | "UPDATE")[];
  readonly resources: string[];
}

/** `spec` of a ValidatingAdmissionPolicy, as far as it is used here. */
export interface AdmissionPolicySpec {
  readonly failurePolicy: "Fail";
  readonly matchConstraints: { readonly resourceRules: ResourceRule[] };
  readonly matchConditions: NamedExpression[];
  readonly variables: NamedExpression[];
  readonly validations: Validation[];
}

export interface AdmissionPolicyInput {
  /** The gateway's namespace. Anybody who may write there controls the gateway. */
  readonly namespace: string;
  /** Resources by their API group, in all served versions. Their subresources are not checked. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Named conditions under which a request is checked at all. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Expressions that the validations share, by their names below `variables`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Checks for every namespace, including the gateway's. */
  readonly everywhere?: readonly Validation[];
  /** Checks outside of the gateway's namespace, and of those that {@link admissionAnnotation} exempts. */
  readonly elsewhere: readonly Validation[];
}

/** The variable that is true in the gateway's own namespace and in those that an administrator has exempted. */
export const trusted = "variables.trusted";

/** The object's `spec` without its type: one policy checks several kinds, whose fields differ. */
export const spec = "variables.spec";

/**
 * A policy of the API server. Deletions are never checked, nor are changes of only metadata or status: controllers must be
 * able to remove their finalizers from an object that is older than the policy.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function admissionPolicy(input: AdmissionPolicyInput): AdmissionPolicySpec {
  const { namespace, resources, conditions, variables, everywhere = [], elsewhere } = input;
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: Object.entries(resources).map(([group, names]) => ({
        apiGroups: [group],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE"],
        resources: [...names],
      })),
    },
    matchConditions: named(conditions),
    variables: named({ trusted: isTrusted(namespace), ...variables }),
    validations: [
      ...everywhere,
      ...elsewhere.map(({ expression, ...rest }) => ({
        expression: `${trusted} || (${expression})`,
        ...rest,
      })),
    ],
  };
}

/** A request that creates an object or changes one of these parts of it, for example `spec`. */
export function changes(...parts: readonly string[]): string {
  return [
    "oldObject == null",
    ...parts.map((part) => `dyn(object).?${part} != dyn(oldObject).?${part}`),
  ].join(" || ");
}

function isTrusted(namespace: string): string {
  const exempted = annotation("namespaceObject.metadata", admissionAnnotation);
  return `request.namespace == ${text(namespace)} || ${exempted} == ${text(unjudged)}`;
}

function named(expressions: Readonly<Record<string, string>>): NamedExpression[] {
  return Object.entries(expressions).map(([name, expression]) => ({ name, expression }));
}
