import {
  admissionPolicy,
  changes,
  type AdmissionPolicyInput,
  type AdmissionPolicySpec,
  type Validation,
} from "./policy";

interface AnnotatedPolicyInput extends Omit<AdmissionPolicyInput, "conditions" | "everywhere" | "elsewhere"> {
  /** Checks if the object's `spec` changes: controllers write annotations of objects that are older than the policy. */
  readonly ofSpec: readonly Validation[];
  /** Checks of `variables.annotations`, the annotations that a request adds or changes. */
  readonly ofAnnotations: readonly Validation[];
}

/** A policy of the API server that checks a kind's `spec` and its annotations, outside of the gateway's namespace. */
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

/** CEL: annotations that a request adds or changes, so that an older annotation does not prevent a change of another one. */
const changedAnnotations =
  "object.metadata.?annotations.orValue({}).filter(name," +
  " oldObject == null || oldObject.metadata.?annotations[?name].orValue('') != object.metadata.annotations[name])";

function whenSpecChanges({ expression, ...rest }: Validation): Validation {
  return { expression: `!variables.changed || ${expression}`, ...rest };
}
