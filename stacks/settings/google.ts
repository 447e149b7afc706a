import { addressesOf } from "../../components/shared/addresses";
import {
  googleClientIdProblems,
  googleClientSecretProblems,
  redirectUriProblems,
} from "../../documents/google/client";
import { secretIdProblems, storeProblems } from "../../documents/google/credentialStoreProblems";
import { callbackUrl } from "../../documents/kratos/loginProvider";
import { domainProblems } from "../../documents/oathkeeper/hosts";
import type { Partly } from "../../documents/shared/partly";
import type { Problem } from "../../documents/shared/problem";
import type { SettingsSource } from "./report";
import type { Plain } from "./schema/gateway";
import type { GoogleProvider } from "./schema/loginProvider";
import { CLIENT_SECRET, type GivenSecrets } from "./secrets";

/** What Google requires, but would report only at the first sign-in. */
export function googleProblems(
  source: SettingsSource,
  { domain, loginProviders = [], tls }: Partly<Plain>,
  secrets: GivenSecrets,
): Problem[] {
  const serverUrl =
    domain === undefined || tls === undefined || domainProblems("domain", domain).length > 0
      ? undefined
      : addressesOf(domain, tls === "off" ? tls : "external").identityServer.url;
  return loginProviders.flatMap((provider, index) =>
    provider.kind === "google"
      ? clientProblems(source, `loginProviders[${index}]`, provider, secrets, serverUrl)
      : [],
  );
}

function clientProblems(
  source: SettingsSource,
  property: string,
  { id = "", clientId, clientSecret, pkce, secretManager, store }: Partly<GoogleProvider>,
  secrets: GivenSecrets,
  serverUrl: string | undefined,
): Problem[] {
  const path = source.path(property);
  const isInFile = secretManager && secretManager.payload !== "secretOnly" && !secretManager.externalSecret;
  const secretKey = `${CLIENT_SECRET}${id}`;
  const givenSecret = (clientSecret ?? secretManager) ? undefined : secrets[secretKey]?.text;
  const both: Problem = {
    path: `${path}.clientSecret`,
    value: "an object",
    reason: "names a Secret, but secretManager is where the secret is",
    fix: "Remove one of the two.",
  };
  const kept: Problem = {
    path: `${path}.store`,
    value: "an object",
    reason: "would store what secretManager has already",
    fix: "Remove one of the two.",
  };
  return [
    ...(clientId === undefined && isInFile ? [] : googleClientIdProblems(`${path}.clientId`, clientId)),
    ...(clientSecret && secretManager ? [both] : []),
    ...(store && secretManager ? [kept] : []),
    ...secretIdProblems(`${path}.secretManager.secretId`, secretManager?.secretId),
    ...(store ? storeProblems(`${path}.store`, store, clientSecret !== undefined) : []),
    // A missing secret is reported as missing.
    ...(givenSecret ? googleClientSecretProblems(source.secretPath(secretKey), givenSecret) : []),
    ...(serverUrl === undefined
      ? []
      : redirectUriProblems(source.path("domain"), callbackUrl(serverUrl, { id, pkce }))),
  ];
}
