/** Headers by which the pod's own parts say what was decided. No upstream gets them, and no client's are believed. */
export const decisionHeaders = {
  /** The rule that Oathkeeper decided by, with its content's hash. */
  rule: "X-Portcullis-Rule",
  /** Why a request is refused. */
  reason: "X-Portcullis-Reason",
} as const;

/** A header of an answer, as a variable of nginx. */
export function answerVariable(header: string): string {
  return `$upstream_http_${variableName(header)}`;
}

/** A header of a request, as a variable of nginx. */
export function requestVariable(header: string): string {
  return `$http_${variableName(header)}`;
}

function variableName(header: string): string {
  return header.toLowerCase().replaceAll("-", "_");
}
