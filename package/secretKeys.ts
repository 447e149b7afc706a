import type { SettingsSource } from "../stacks/settings/report";
import { CLIENT_SECRET, DATABASE_PASSWORD, SMTP_URI, type GivenSecrets } from "../stacks/settings/secrets";
import type { Arguments } from "./arguments";

/** Where the arguments have a secret, by its key in a stack's file; the key of a client's secret ends in its provider's id. */
const places = { [DATABASE_PASSWORD]: "database.password", [SMTP_URI]: "smtp.uri" } as const;
const clientPlace = (index: number) => `loginProviders[${index}].clientSecret`;

/** All places of secrets, with `*` for any entry. */
export const secretPlaces: readonly string[] = [...Object.values(places), "loginProviders.*.clientSecret"];

/** The secrets by their keys in a stack's file. */
export function byKeys({ secrets, values }: Arguments): GivenSecrets {
  const ids = idsOf(values);
  const keys = new Map<string, string>([
    ...Object.entries(places).map(([key, place]) => [place, key] as const),
    ...ids.map((id, index) => [clientPlace(index), CLIENT_SECRET + id] as const),
  ]);
  return Object.fromEntries([...secrets].map(([place, given]) => [keys.get(place) ?? place, given]));
}

/** A component's arguments as a report refers to them. */
export function argumentsSource(subject: string, { values }: Arguments): SettingsSource {
  const ids = idsOf(values);
  return {
    subject,
    path: (property) => property,
    secretPath: (key) =>
      Object.hasOwn(places, key)
        ? places[key as keyof typeof places]
        : clientPlace(ids.indexOf(key.slice(CLIENT_SECRET.length))),
    ofUnknown: "Remove it, or correct its name.",
    ofUnknownField: "Remove it, or correct its name.",
    ofMissingSecret: () => "Give it as a secret, for example one of the program's configuration.",
    ofUnusedSecret: () => "Remove it.",
  };
}

function idsOf({ loginProviders }: Arguments["values"]): readonly string[] {
  if (!Array.isArray(loginProviders)) return [];
  return loginProviders.map((provider: { readonly id?: unknown } | null) => String(provider?.id));
}
