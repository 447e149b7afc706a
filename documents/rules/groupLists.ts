/** Who is in a group: everybody whom one of the lists names by a verified address. */
export interface GroupLists {
  /** Individual verified email addresses. */
  readonly emails?: readonly string[] | undefined;
  /** Domains of verified email addresses. Subdomains are not included. */
  readonly domains?: readonly string[] | undefined;
}
