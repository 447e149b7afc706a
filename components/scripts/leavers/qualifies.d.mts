import type { Account } from "../../../documents/kratos/admit.js";
import type { FoldedAdmission, LeaversSettings } from "../../../documents/kratos/leavers.js";

/** The fields of a Kratos identity that decide whether it may still sign in. */
export interface Identity {
  readonly metadata_public?: { readonly email?: string | undefined } | null | undefined;
  readonly metadata_admin?:
    | { readonly workspaceDomain?: string | undefined; readonly groupsVersion?: string | undefined }
    | null
    | undefined;
  readonly created_at?: string | undefined;
  readonly credentials?:
    | { readonly oidc?: { readonly identifiers?: readonly string[] | undefined } | undefined }
    | null
    | undefined;
}

/** The accounts that an identity signs in by. */
export declare function accountsOf(identity: Identity): (Account & { readonly provider: string })[];

/** Whether the claims of an identity's provider have to be read again. */
export declare function areClaimsOutdated(
  identity: Identity,
  claims: LeaversSettings["claims"],
  now: number,
): boolean;

/** Whether a provider would let an account in today. */
export declare function qualifies(admission: FoldedAdmission, account: Account): boolean;
