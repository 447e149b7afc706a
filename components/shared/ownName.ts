import { found, type Problem } from "../../documents/shared/problem";

/**
 * The longest names of components. Pulumi adds nine characters to the names of most of their objects, and the API server allows 52
 * characters for that of a CronJob and 63 for that of a Service.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#job-name
 */
export const longestNames = {
  /** The longest part of a gateway with a CronJob is `-identity-cleanup`. */
  gateway: 26,
  /** The longest suffix is `-cleanup`, or `-restore`. */
  withCronJobs: 35,
  /** Of Deployments, with what Pulumi adds; the longest suffix of a Service, `-metrics`, is shorter. */
  others: 54,
} as const;

/** Checks the name of a component: its objects' names begin with it. */
export function ownNameProblems(path: string, name: string, longest: number): Problem[] {
  if (name.length <= longest && /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(name)) return [];
  return [
    {
      path,
      value: found(name),
      reason: "cannot be the beginning of its Services' and CronJobs' names",
      fix: `Use lower-case letters, digits and hyphens, at most ${longest}, beginning with a letter.`,
    },
  ];
}
