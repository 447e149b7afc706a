import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";

/** Where a credential is stored, as far as it is known in a preview. */
export interface KnownStore {
  readonly secretId: string;
  /** IAM members by name. */
  readonly accessors?: Readonly<Record<string, unknown>>;
}

const secretIdPattern = /^[A-Za-z0-9_-]{1,255}$/;
const memberPattern =
  /^((user|group|serviceAccount):[^\s:@]+@[^\s:@]+|serviceAccount:[^\s:@[]+\[[^\s/]+\/[^\s/]+\]|domain:[^\s:@]+|principal(Set)?:\/\/\S+)$/;

/**
 * Checks where a credential is to be stored, and who may read it there.
 *
 * @param onlyInCluster whether the client secret is in a Secret of the cluster, so that nobody here has its value
 * @see https://cloud.google.com/iam/docs/principal-identifiers
 */
export function storeProblems(
  path: string,
  { secretId, accessors = {} }: Partly<KnownStore>,
  onlyInCluster: boolean,
): Problem[] {
  return [
    ...(onlyInCluster
      ? [
          {
            path,
            value: "an object",
            reason: "needs the value of the client secret, which only the cluster has",
            fix: "Give the value, or leave it out.",
          },
        ]
      : []),
    ...secretIdProblems(`${path}.secretId`, secretId),
    ...Object.entries(accessors).flatMap(([name, member]) =>
      typeof member === "string" ? memberProblems(`${path}.accessors.${name}`, member) : [],
    ),
  ];
}

/** Checks the name of a secret in Secret Manager, as far as it is known. */
export function secretIdProblems(path: string, secretId: unknown): Problem[] {
  if (typeof secretId !== "string" || secretIdPattern.test(secretId)) return [];
  return [
    {
      path,
      value: found(secretId),
      reason: "is not the name of a secret in Secret Manager",
      fix: 'Use letters, digits, hyphens and underscores, for example "google-client".',
    },
  ];
}

/** Checks that a member has a form that IAM accepts. */
export function memberProblems(path: string, member: string): Problem[] {
  if (memberPattern.test(member)) return [];
  return [
    {
      path,
      value: found(member),
      reason: /^all(Authenticated)?Users$/.test(member)
        ? "would let anybody read the client secret"
        : "is not an IAM member",
      fix: 'Write for example "group:operators@example.com" or "serviceAccount:name@project.iam.gserviceaccount.com".',
    },
  ];
}
