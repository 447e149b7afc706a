/** The sets of Ory's releases that the builders write documents for. */
export const releases = ["v26.2", "v1.3"] as const;

/**
 * One set of releases of Kratos, Oathkeeper, Maester and the login UI that belong together.
 * `v26.2` is the current line; `v1.3` is the line of Kratos 1.3 and Oathkeeper 0.40.
 */
export type Release = (typeof releases)[number];
