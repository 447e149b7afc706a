/** The issuer of each login provider's accounts, by the provider's id; empty if it cannot be determined. */
export type Issuers = Readonly<Record<string, string>>;

/** Changes that keep out people who have signed in before: a removed provider, and another issuer of a provider's accounts. */
export function changedProviders(former: Issuers, now: Issuers): string[] {
  return Object.entries(former).flatMap(([id, issuer]) => {
    const next = now[id];
    if (next === undefined)
      return [
        `The update removes the login provider ${id}: people who sign in only with it can no longer sign in, even if it is only renamed. ` +
          `After the update "portcullis sessions relink --from ${id} --to ID" lets them in with its new id.`,
      ];
    if (next === issuer) return [];
    return [
      `The accounts of the login provider ${id} are of ${shown(issuer)}, and will be of ${shown(next)}: people who have signed in with it ` +
        `are no longer known. After the update "portcullis sessions forget --provider ${id}" lets them sign in as new people.`,
    ];
  });
}

function shown(issuer: string): string {
  return issuer === "" ? "an issuer without a name" : issuer;
}
