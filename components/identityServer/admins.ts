import type { IdentityServerArgs } from "../identityServer";
import type { Role } from "../shared/labels";
import { hasNamedIdentities } from "./namedIdentities";

/** Who uses the admin API from outside the server's pods; if nobody does, it listens on loopback. */
export function adminRoles(args: Pick<IdentityServerArgs, "leavers" | "loginProviders">): Role[] {
  const { leavers = "off" } = args;
  return [
    ...(hasNamedIdentities(args) ? (["identity-names"] as const) : []),
    ...(leavers === "off" ? [] : (["identity-leavers"] as const)),
  ];
}
