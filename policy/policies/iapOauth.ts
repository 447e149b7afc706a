import { found, type Problem } from "../../documents/shared/problem";
import { makeInConsole } from "../lib/googleConsole";
import { resourcePolicy } from "../lib/policy";

const types = ["gcp:iap/brand:Brand", "gcp:iap/client:Client"];

export const iapOauth = resourcePolicy({
  name: "iap-oauth",
  description: "No Google OAuth client is made through the API of Identity-Aware Proxy.",
  level: "mandatory",
  severity: "low",
  why: "Google has shut that API down: an update fails, and a client made with it only ever worked for IAP.",
  remediationSteps: `Instead, ${makeInConsole}`,
  url: "https://cloud.google.com/iap/docs/deprecations/migrate-oauth-client",
  options: {},
  *check({ type }): Generator<Problem> {
    if (!types.includes(type)) return;
    yield {
      path: "type",
      value: found(type),
      reason: "is made by an API that Google has shut down",
      fix: `Instead, ${makeInConsole}`,
    };
  },
});
