import {
  admissionPolicy,
  changes,
  type AdmissionPolicyInput,
  type AdmissionPolicySpec,
  type Validation,
} from "./policy";

interface AnnotatedPolicyInput extends Omit<AdmissionPolicyInput, "conditions" | "everywhere" | "elsewhere"> {
  /** What is judged where the object's `spec` changes: controllers write annotations of objects that were there before the policy. */
  readonly ofSpec: readonly Validation[];
  /** What is judged of `variables.annotations`, those that a request adds or changes. */
  readonly ofAnnotations: readonly Validation[];
}

/** A policy of the API server that judges a kind's `spec` and its annotations, outside of the gateway's namespace. */
export function annotatedPolicy(input: AnnotatedPolicyInput): AdmissionPolicySpec {
  const { ofSpec, ofAnnotations, variables, ...rest } = input;
  return admissionPolicy({
    ...rest,
    conditions: { changed: changes("spec", "metadata.?annotations") },
    variables: {
      spec: "dyn(object.spec)",
      changed: changes("spec"),
      annotations: changedAnnotations,
      ...variables,
    },
    elsewhere: [...ofSpec.map(whenSpecChanges), ...ofAnnotations],
  });
}

/** CEL: annotations that a request adds or changes, so that one of before keeps nobody from changing another. */
const changedAnnotations =
  "object.metadata.?annotations.orValue({}).filter(name," +
  " oldObject == null || oldObject.metadata.?annotations[?name].orValue('') != object.metadata.annotations[name])";

function whenSpecChanges({ expression, ...rest }: Validation): Validation {
  return { expression: `!variables.changed || ${expression}`, ...rest };
}
