/** Who is in a group: whoever any of the lists names by a verified address. */
export interface GroupLists {
  /** Single verified addresses. */
  readonly emails?: readonly string[] | undefined;
  /** Domains of verified addresses, without subdomains. */
  readonly domains?: readonly string[] | undefined;
}
