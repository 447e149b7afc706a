/**
 * Keeps the provider from waiting until an object is ready. After waiting, it would write into the state the object as
 * its watch has it, possibly as it was before the update. A change that is then reverted would never be made.
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const notAwaited = { "pulumi.com/skipAwait": "true" } as const;

/**
 * Replaces a failed Job at the next `pulumi up`. Without it, the provider finds the failed Job again, even after the
 * cause has been fixed elsewhere: a password in somebody else's Secret, a firewall, an identity that was in the way.
 * @see https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/
 */
export const anewOnceFailed = { "pulumi.com/replaceUnready": "true" } as const;
