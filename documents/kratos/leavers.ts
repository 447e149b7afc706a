import { asciiLower, hostedDomains, type Admission } from "./admit";

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
}

/** Builds the settings of the check for leavers. */
export function leaversSettings(
  admissions: Readonly<Record<string, Admission>>,
  atMost: number,
): LeaversSettings {
  return {
    atMost,
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
