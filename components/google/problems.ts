import {
  googleClientIdProblems,
  googleClientSecretProblems,
  redirectUriProblems,
} from "../../documents/google/client";
import { secretIdProblems, storeProblems } from "../../documents/google/credentialStoreProblems";
import type { AdmitArgs } from "../../documents/kratos/admit";
import { loginProviderProblems } from "../../documents/kratos/loginProvider";
import { domainProblems } from "../../documents/oathkeeper/hosts";
import { referenceProblems } from "../../documents/shared/kubernetesNames";
import { argument, found, within, type Problem } from "../../documents/shared/problem";
import { isReference } from "../shared/clientSecret";
import type { GoogleOAuthClientArgs } from "./args";
import { googleRedirectUri } from "./redirectUri";

/** What is wrong with a Google client, as far as it can be checked without any request. */
export function googleOAuthClientProblems(
  name: string,
  args: GoogleOAuthClientArgs,
  admit: AdmitArgs,
): Problem[] {
  const { domain, source } = args;
  const ofDomain = domainProblems(argument("domain"), domain);
  return [
    ...loginProviderProblems((property) => (property === "id" ? "name" : argument(property)), {
      ...args,
      id: name,
      kind: "google",
      admit,
    }),
    ...ofDomain,
    ...(ofDomain.length > 0
      ? []
      : redirectUriProblems(argument("domain"), googleRedirectUri(name, domain, args.pkce))),
    ...sourceProblems(source),
  ];
}

function sourceProblems(source: GoogleOAuthClientArgs["source"]): Problem[] {
  const { clientId } = source;
  const ofPlace =
    source.kind === "existing"
      ? referenceProblems(within(argument, "source.clientSecret"), source.clientSecret)
      : secretIdProblems(argument("source.secretId"), source.secretId);
  if (clientId === undefined) return [...ofPlace, ...missingIdProblems(source)];
  return [
    ...ofPlace,
    ...(typeof clientId === "string" ? googleClientIdProblems(argument("source.clientId"), clientId) : []),
    ...(source.kind === "existing" && typeof source.clientSecret === "string"
      ? googleClientSecretProblems(argument("source.clientSecret"), source.clientSecret)
      : []),
    ...(source.kind === "existing" && source.store
      ? storeProblems(argument("source.store"), source.store, isReference(source.clientSecret))
      : []),
  ];
}

function missingIdProblems(source: GoogleOAuthClientArgs["source"]): Problem[] {
  const isInFile = source.kind === "secretManager" && source.payload !== "secretOnly";
  if (isInFile && source.delivery?.kind !== "externalSecret") return [];
  return [
    {
      path: argument("source.clientId"),
      value: found(undefined),
      reason: isInFile
        ? "is missing, and cannot be read from a file that only the External Secrets Operator reads"
        : "is missing, and cannot be read from a secret",
      fix: "Write the client's id; it is not a secret.",
    },
  ];
}
