/**
 * Keeps the provider from waiting until an object is ready, and from what it then writes into the state: the object as its
 * watch has it, which may be the one of before the update. A change that is taken back would then never be made.
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const notAwaited = { "pulumi.com/skipAwait": "true" } as const;

/**
 * Makes a Job that has failed anew at the next `pulumi up`. Without it the provider finds the failed one again, also once what it
 * failed for is mended elsewhere: a password in somebody else's Secret, a firewall, an identity that was in the way.
 * @see https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/
 */
export const anewOnceFailed = { "pulumi.com/replaceUnready": "true" } as const;
