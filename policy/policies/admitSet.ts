import { found, type Problem } from "../../documents/shared/problem";
import { resourcePolicy } from "../lib/policy";

const types = ["portcullis:index:OidcClient", "portcullis:index:GoogleOAuthClient"];

/** Only the components have this property: Kratos' own configuration admits everybody with an account at the provider. */
export const admitSet = resourcePolicy({
  name: "admit-set",
  description: "Every login provider says whom it admits.",
  level: "mandatory",
  severity: "critical",
  why: "Otherwise everybody with an account at the provider gets in: with Google, everybody.",
  remediationSteps:
    'Name at least one of workspaceDomains, emailDomains or emails in admit, or write "closed".',
  url: "https://www.ory.com/docs/kratos/social-signin/data-mapping",
  options: {},
  *check({ type, props }): Generator<Problem> {
    if (!types.includes(type)) return;
    const admit: unknown = props["admit"];
    if (admit === "closed") return;
    const lists = Object.values((admit ?? {}) as Record<string, unknown>);
    if (lists.some((list) => Array.isArray(list) && list.length > 0)) return;
    yield {
      path: "admit",
      value: found(admit),
      reason: "names nobody",
      fix: 'Name at least one of workspaceDomains, emailDomains or emails, or write "closed".',
    };
  },
});
