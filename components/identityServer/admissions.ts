import { withMembers, type Members, type ToldAdmission } from "../../documents/kratos/admit";
import { accountsIssuer } from "../../documents/kratos/loginProvider";
import type { LoginProvider } from "../oidcClient";

/** Who may sign in through each provider, and who names its accounts. */
export function admissionsOf(
  providers: readonly LoginProvider[],
  members: Members,
): Readonly<Record<string, ToldAdmission>> {
  return Object.fromEntries(
    providers.map(({ spec }) => {
      const { id, admit, identities, hostedDomain } = spec;
      const issuer = accountsIssuer(spec);
      const told: ToldAdmission = {
        admit: withMembers(admit, members),
        ...(identities && { identities }),
        ...(hostedDomain !== undefined && { hostedDomain }),
        ...(issuer !== undefined && { issuer }),
      };
      return [id, told] as const;
    }),
  );
}
