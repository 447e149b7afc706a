import { all, type Input, type Output } from "@pulumi/pulumi";
import { shortHash } from "../../documents/shared/shortHash";

/** The name of a Job for a subject: a Job is immutable, so another subject needs another Job. */
export function jobName(job: string, subject: readonly Input<string | number>[]): Output<string> {
  return all([...subject]).apply((parts) => `${job}-${shortHash(parts.join(" "))}`);
}
