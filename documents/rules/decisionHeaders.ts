/** Headers by which the pod's own parts exchange the decision. No upstream receives them, and those of clients are ignored. */
export const decisionHeaders = {
  /** The rule by which Oathkeeper decided, with a hash of its content. */
  rule: "X-Portcullis-Rule",
  /** Why a request is refused. */
  reason: "X-Portcullis-Reason",
} as const;

/** A header of an answer, as an nginx variable. */
export function answerVariable(header: string): string {
  return `$upstream_http_${variableName(header)}`;
}

/** A header of a request, as an nginx variable. */
export function requestVariable(header: string): string {
  return `$http_${variableName(header)}`;
}

function variableName(header: string): string {
  return header.toLowerCase().replaceAll("-", "_");
}
