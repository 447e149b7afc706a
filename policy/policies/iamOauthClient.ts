import { found, type Problem } from "../../documents/shared/problem";
import { makeInConsole } from "../lib/googleConsole";
import { resourcePolicy } from "../lib/policy";

export const iamOauthClient = resourcePolicy({
  name: "iam-oauth-client",
  description: "OAuth clients of Google's IAM sign in only workforce identities.",
  level: "advisory",
  severity: "low",
  why: "Accounts of Google and of Workspace cannot sign in through one.",
  remediationSteps: `For accounts of Google, ${makeInConsole}`,
  url: "https://cloud.google.com/iam/docs/workforce-manage-oauth-app",
  options: {},
  *check({ type }): Generator<Problem> {
    if (type !== "gcp:iam/oauthClient:OauthClient") return;
    yield {
      path: "type",
      value: found(type),
      reason: "signs in workforce identities, and no Google accounts",
      fix: `For accounts of Google, ${makeInConsole}`,
    };
  },
});
