/** Who may use a service, as `routes.mjs` reads it of its rule: lists in the form of a rule's URL. */
export interface ServiceAccess {
  readonly any?: string;
  readonly everybody?: string;
  readonly emails?: string;
  readonly domains?: string;
}

declare const services: {
  /** @param email escaped as in a rule's URL; empty where a person has none */
  readonly mayUse: (access: ServiceAccess, email: string) => boolean;
};

export default services;
