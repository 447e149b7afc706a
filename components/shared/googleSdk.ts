import type { ComponentResource } from "@pulumi/pulumi/resource";
import { ComponentProblem } from "./errors";

/** What needs Google's SDK: a package of its own, which nobody else has to install. */
export interface NeedsGoogleSdk {
  readonly component: ComponentResource;
  /** What the component is called in a report. */
  readonly subject: string;
  /** The property that needs it, and what was found there. */
  readonly path: string;
  readonly value: string;
}

/** What to throw if the SDK cannot be loaded: that it is not installed, or else the error itself. */
export function loadError(error: unknown, { component, subject, path, value }: NeedsGoogleSdk): Error {
  if (!isMissing(error)) return error instanceof Error ? error : new Error(String(error));
  return new ComponentProblem(component, subject, [
    { path, value, reason: "needs a package that is not installed", fix: "Run: npm install @pulumi/gcp" },
  ]);
}

/** Whether the SDK itself is missing, not a module that it needs. */
function isMissing(error: unknown): boolean {
  const { code, message = "" } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  return (
    (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") &&
    /^Cannot find (?:module|package) '@pulumi\/gcp['/]/.test(message)
  );
}
