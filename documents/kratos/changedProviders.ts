/** Who names the accounts of each login provider, by its id; empty where nobody can tell. */
export type Issuers = Readonly<Record<string, string>>;

/** What keeps people out who have signed in before: a provider that goes, and one that names its accounts otherwise. */
export function changedProviders(former: Issuers, now: Issuers): string[] {
  return Object.entries(former).flatMap(([id, issuer]) => {
    const next = now[id];
    if (next === undefined)
      return [
        `The login provider ${id} goes: whoever signs in by it only cannot sign in any more, also where it is only renamed. ` +
          `After the update "portcullis sessions relink --from ${id} --to ID" lets them in by its new id.`,
      ];
    if (next === issuer) return [];
    return [
      `The accounts of the login provider ${id} are of ${shown(issuer)}, and will be of ${shown(next)}: whoever has signed in by it is ` +
        `not known any more. After the update "portcullis sessions forget --provider ${id}" lets them sign in as new ones.`,
    ];
  });
}

function shown(issuer: string): string {
  return issuer === "" ? "an issuer without a name" : issuer;
}
