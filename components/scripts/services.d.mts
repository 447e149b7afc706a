/** Who may use a service, as `routes.mjs` reads it from its rule: lists in the form of a rule's URL. */
export interface ServiceAccess {
  readonly any?: string;
  readonly everybody?: string;
  readonly emails?: string;
  readonly domains?: string;
  readonly groups?: string;
}

declare const services: {
  /**
   * @param email escaped as in a rule's URL; empty if a person has none
   * @param groups names of the groups that the person is in
   */
  readonly mayUse: (access: ServiceAccess, email: string, groups?: readonly string[]) => boolean;
};

export default services;
