import { seconds, type Duration } from "../shared/duration";
import { hostedDomains, type Admission } from "./admit";
import { asciiLower } from "../shared/emails";
import { groupsOfProvider, groupsVersion, type ClaimedGroups } from "./claimedGroups";

/** Names of the files of the check for leavers, in one folder. */
export const leaversFiles = ["main.mjs", "qualifies.mjs"] as const;

/** Name of the file with its settings, in the same folder. */
export const leaversSettingsFile = "settings.json";

/** Environment variable with the URL of Kratos' admin API. */
export const leaversAdminVariable = "ADMIN_URL";

/** The defaults of the check, which are also in the settings' schema and in the documentation. */
export const leaversDefaults = { schedule: "*/5 * * * *", atMost: 20 } as const;

/** Who may sign in through one provider, case-folded so that texts only have to be compared. */
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
  /** More leavers than this at once mean a mistake in the lists, and nobody is deactivated. */
  readonly atMost: number;
  /** Who may sign in through each provider, by its id. */
  readonly admissions: Readonly<Record<string, FoldedAdmission>>;
  /** When claims are read again, for each provider whose claims say who is in groups. */
  readonly claims: Readonly<Record<string, ReadClaims>>;
}

/** What a provider's claims must meet. Otherwise the identity is deleted, so that the claims are read at the next sign-in. */
export interface ReadClaims {
  /** The version that they were compared with: `metadata_admin.groupsVersion`. */
  readonly version: string;
  /** Their maximum age, in seconds. */
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

/** Has the same meaning as `isAdmitted`; a test compares the two. */
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
