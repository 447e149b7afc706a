import type { NamedIdentity } from "./admit";
import { asciiLower } from "../shared/emails";
import { identitySchemaId } from "./identitySchema";

/** The identities that a closed provider lets in. */
export interface NamedIdentities {
  /** Id of the provider. */
  readonly provider: string;
  readonly identities: readonly NamedIdentity[];
}

/**
 * The list that `create-identities.sh` reads, a line each: the identifier by which Kratos knows the account, as part of a
 * URL; the address as JSON has it; and the document that makes the identity, with what the claims mapper would have
 * written. Sorted, so that another order is the same list.
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

/** Go's JSON also escapes what HTML would read. */
function asKratosPrints(text: string): string {
  return JSON.stringify(text).replace(
    /[&<>]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
