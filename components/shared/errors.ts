import { ResourceError, RunError } from "@pulumi/pulumi/errors";
import type { ComponentResource } from "@pulumi/pulumi/resource";
import { describeProblem, type Problem } from "../../documents/shared/problem";

/** Mistakes in the arguments of a component: all of them in one report, printed without a stack trace. */
export class ComponentProblem extends ResourceError {
  constructor(
    component: ComponentResource,
    subject: string,
    /** Everything that is wrong. */
    readonly problems: readonly Problem[],
  ) {
    super(report(subject, problems), component, true);
  }
}

/** Mistakes in a program's input, found before it creates any component: all in one report, without a stack trace. */
export class InputProblem extends RunError {
  constructor(
    subject: string,
    /** Everything that is wrong. */
    readonly problems: readonly Problem[],
  ) {
    super(report(subject, problems));
  }
}

/** Throws {@link ComponentProblem} when there is at least one problem. */
export function refuse(component: ComponentResource, subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ComponentProblem(component, subject, problems);
}

/** A report of problems as text, one per line. */
export function report(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${subject} has ${count}:`, ...problems.map((problem) => `  - ${describeProblem(problem)}`)].join(
    "\n",
  );
}
