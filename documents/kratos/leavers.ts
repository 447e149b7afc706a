import { seconds, type Duration } from "../shared/duration";
import { hostedDomains, type Admission } from "./admit";
import { asciiLower } from "../shared/emails";
import { groupsOfProvider, groupsVersion, type ClaimedGroups } from "./claimedGroups";

/** Names of the files that the check for leavers consists of, in one folder. */
export const leaversFiles = ["main.mjs", "qualifies.mjs"] as const;

/** Name of the file with its settings, in the same folder. */
export const leaversSettingsFile = "settings.json";

/** Environment variable with the URL of Kratos' admin API. */
export const leaversAdminVariable = "ADMIN_URL";

/** What the check is where nobody says; the settings' schema and the documentation tell the same. */
export const leaversDefaults = { schedule: "*/5 * * * *", atMost: 20 } as const;

/** Who enters through one provider, folded so that reading it is comparing texts. */
export type FoldedAdmission =
  | {
      readonly emails: readonly string[];
      readonly emailDomains: readonly string[];
      readonly workspaceDomains: readonly string[];
      readonly hostedDomains?: readonly string[];
    }
  | { readonly subjects: readonly string[] }
  | { readonly everybody: true };

/** What `leavers/main.mjs` reads. It holds no secret. */
export interface LeaversSettings {
  /** More leavers than this at once are a mistake in the lists, and nobody is deactivated. */
  readonly atMost: number;
  /** Who enters through each provider, by its id. */
  readonly admissions: Readonly<Record<string, FoldedAdmission>>;
  /** Of each provider whose claims say who is in groups, when they are read again. */
  readonly claims: Readonly<Record<string, ReadClaims>>;
}

/** What claims of a provider have to be, else the identity is deleted, so that they are read at the next sign-in. */
export interface ReadClaims {
  /** With what they were compared: `metadata_admin.groupsVersion`. */
  readonly version: string;
  /** How old they may be, in seconds. */
  readonly oldest: number;
}

/** Builds the settings of the check for leavers. */
export function leaversSettings(
  admissions: Readonly<Record<string, Admission>>,
  atMost: number,
  { groups, lifespan }: { readonly groups: ClaimedGroups; readonly lifespan: Duration },
): LeaversSettings {
  const providers = [...new Set(Object.values(groups).map(({ provider }) => provider))];
  return {
    atMost,
    claims: Object.fromEntries(
      providers.map((id) => [
        id,
        { version: groupsVersion(groupsOfProvider(groups, id)), oldest: seconds(lifespan) },
      ]),
    ),
    admissions: Object.fromEntries(
      Object.entries(admissions).map(([id, admission]) => [id, folded(admission)] as const),
    ),
  };
}

/** The same meaning as `isAdmitted`, which a test compares. */
function folded({ admit, identities, hostedDomain }: Admission): FoldedAdmission {
  if (admit === "closed")
    return identities ? { subjects: identities.map(({ subject }) => subject) } : { everybody: true };
  const { emails = [], emailDomains = [], workspaceDomains = [] } = admit;
  return {
    emails: emails.map(asciiLower),
    emailDomains: emailDomains.map(asciiLower),
    workspaceDomains: workspaceDomains.map(asciiLower),
    ...(hostedDomain !== undefined && { hostedDomains: hostedDomains(hostedDomain).map(asciiLower) }),
  };
}
