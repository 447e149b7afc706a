import type { Account } from "../../../documents/kratos/admit.js";
import type { FoldedAdmission } from "../../../documents/kratos/leavers.js";

/** What of an identity of Kratos decides whether it may still enter. */
export interface Identity {
  readonly metadata_public?: { readonly email?: string | undefined } | null | undefined;
  readonly metadata_admin?: { readonly workspaceDomain?: string | undefined } | null | undefined;
  readonly credentials?:
    | { readonly oidc?: { readonly identifiers?: readonly string[] | undefined } | undefined }
    | null
    | undefined;
}

/** The accounts that an identity signs in by. */
export declare function accountsOf(identity: Identity): (Account & { readonly provider: string })[];

/** Whether a provider would let an account in today. */
export declare function qualifies(admission: FoldedAdmission, account: Account): boolean;
