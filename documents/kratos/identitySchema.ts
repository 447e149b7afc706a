/** Id of the only identity schema. Every identity in the database has it: never change it. */
export const identitySchemaId = "admin";

/**
 * JSON Schema of an identity's traits: one e-mail address. It can be verified, so that `require_verified_address` finds the
 * address that the claims mapper marked as verified. It also names the account in an authenticator app and for security
 * keys, which Kratos does not accept without a name. It decides nothing: a visitor can write into traits.
 * @see https://www.ory.com/docs/kratos/manage-identities/identity-schema
 */
export const identitySchema = {
  $id: "https://portcullis.invalid/schemas/admin.json",
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Admin",
  type: "object",
  properties: {
    traits: {
      type: "object",
      properties: {
        email: {
          type: "string",
          format: "email",
          title: "E-mail",
          minLength: 3,
          maxLength: 320,
          "ory.sh/kratos": {
            credentials: { totp: { account_name: true }, webauthn: { identifier: true } },
            verification: { via: "email" },
            recovery: { via: "email" },
          },
        },
      },
      required: ["email"],
      additionalProperties: false,
    },
  },
} as const;

/** The schema as part of the configuration document, so that Kratos fetches nothing. */
export function identitySchemaUrl(): string {
  return `base64://${Buffer.from(JSON.stringify(identitySchema)).toString("base64")}`;
}
