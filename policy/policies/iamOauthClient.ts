import { found, type Problem } from "../../ory/problem";
import { resourcePolicy } from "../lib/policy";

/** @see https://cloud.google.com/iam/docs/workforce-manage-oauth-app */
export const iamOauthClient = resourcePolicy({
  name: "iam-oauth-client",
  description: "OAuth clients of Google's IAM sign in workforce identities alone.",
  level: "advisory",
  why: "Accounts of Google and of Workspace cannot sign in through one.",
  options: {},
  *check({ type }): Generator<Problem> {
    if (type !== "gcp:iam/oauthClient:OauthClient") return;
    yield {
      path: "type",
      value: found(type),
      reason: "signs in workforce identities, and no Google accounts",
      fix: "For Google accounts make the client in the console; docs/google.md has the steps.",
    };
  },
});
