import type { Account } from "../../../documents/kratos/admit";
import type { FoldedAdmission } from "../../../documents/kratos/leavers";

/** Whether a provider would let an account in today. */
export declare function qualifies(admission: FoldedAdmission, account: Account): boolean;
