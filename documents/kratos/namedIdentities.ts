import type { NamedIdentity } from "./admit";
import { asciiLower } from "../shared/emails";
import { maxObjectText } from "../shared/objectSize";
import type { Partly } from "../shared/partly";
import type { Problem } from "../shared/problem";
import { identitySchemaId } from "./identitySchema";

/** The identities that a closed provider lets in. */
export interface NamedIdentities {
  /** Id of the provider. */
  readonly provider: string;
  readonly identities: readonly NamedIdentity[];
}

/**
 * The list that `create-identities.sh` reads, one identity a line: the identifier by which Kratos knows the account, as
 * part of a URL; the address as a JSON string; and the document to create the identity from, with what the claims mapper
 * would have written. It is sorted, so another order gives the same list.
 * @see https://www.ory.com/docs/kratos/manage-identities/import-user-accounts-identities
 */
export function identityList(providers: readonly NamedIdentities[]): string {
  const lines = providers.flatMap(({ provider, identities }) =>
    identities.map((identity) =>
      [
        encodeURIComponent(`${provider}:${identity.subject}`),
        asKratosPrints(asciiLower(identity.email)),
        JSON.stringify(document(provider, identity)),
      ].join("\t"),
    ),
  );
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join("");
}

/** Checks that the list fits into a ConfigMap. */
export function identityListProblems(
  path: string,
  providers: Partly<readonly { readonly id: string; readonly identities: readonly NamedIdentity[] }[]>,
): Problem[] {
  const named = providers.map(({ id = "", identities = [] }) => ({
    provider: id,
    identities: identities.filter(isKnown),
  }));
  const bytes = Buffer.byteLength(identityList(named));
  if (bytes <= maxObjectText) return [];
  return [
    {
      path,
      value: `${named.flatMap(({ identities }) => identities).length} identities`,
      reason: `make a list of ${bytes} bytes, more than the ${maxObjectText} that fit into a ConfigMap`,
      fix: "Use a provider whose addresses are verified, and admit domains, or let it decide who may sign in.",
    },
  ];
}

/** Whether it can be in the list; what is wrong with it has a problem of its own. */
function isKnown(identity: Partly<NamedIdentity>): identity is NamedIdentity {
  return identity.subject?.isWellFormed() === true && identity.email !== undefined;
}

function document(provider: string, { subject, email: address }: NamedIdentity) {
  const email = asciiLower(address);
  return {
    schema_id: identitySchemaId,
    traits: { email },
    metadata_public: { email },
    verifiable_addresses: [{ via: "email", value: email, verified: true, status: "completed" }],
    credentials: { oidc: { config: { providers: [{ provider, subject }] } } },
  };
}

/** Go's JSON also escapes characters with a meaning in HTML. */
function asKratosPrints(text: string): string {
  return JSON.stringify(text).replace(
    /[&<>]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
