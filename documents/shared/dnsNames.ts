/** The pattern of a label of a DNS name, in lower case and of any length. */
export const dnsLabel = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";

/** The same, no longer than DNS allows. */
export const boundedDnsLabel = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/**
 * The pattern of a DNS name, as Kubernetes checks it: without a limit for each label.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export const dnsName = `${dnsLabel}(?:\\.${dnsLabel})*`;

/** The longest DNS name. */
export const maxDnsName = 253;
