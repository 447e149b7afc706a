import { z } from "zod";
import { unverifiedAddressesModes } from "../../../documents/kratos/claimsMapper";
import { claimsSources, pkceModes, unknownKind } from "../../../documents/kratos/loginProvider";
import { duration, listed, secretReference, texts } from "./fields";

const admit = z
  .union(
    [
      z
        .strictObject({
          workspaceDomains: listed("example.com")
            .meta({ description: "Google Workspace domains, compared with the claim hd." })
            .exactOptional(),
          emailDomains: listed("example.com")
            .meta({ description: "Domains of verified email addresses; subdomains are not included." })
            .exactOptional(),
          emails: listed("alice@example.com")
            .meta({ description: "Individual verified email addresses." })
            .exactOptional(),
          groups: listed("sre")
            .meta({
              description: "Groups of the gateway, with their members at the last `pulumi up`.",
              more: "access.md#who-may-sign-in-by-a-group",
            })
            .exactOptional(),
        })
        .meta({ typeName: "AdmitLists" }),
      z.literal("closed"),
    ],
    { error: 'Write {workspaceDomains?, emailDomains?, emails?, groups?} or "closed".' },
  )
  .meta({
    description:
      "Who may sign in: everybody that an entry of {workspaceDomains?, emailDomains?, emails?, groups?} names, or closed for identities only.",
    more: "#who-may-enter",
  });

const client = {
  id: z.string().meta({
    description:
      "Lower-case letters, digits and hyphens. Part of the callback URL and of every stored identity: never change it.",
  }),
  label: z.string().meta({ description: "Text of the button.", absent: "the id" }).exactOptional(),
  clientId: z.string().meta({ description: "The client's id at the provider." }),
  clientSecret: secretReference
    .meta({
      description:
        "{secretName, key} of a Secret in the gateway's namespace; its value is then in neither configuration nor state.",
      absent: "the key `portcullis:clientSecret.<id>`",
    })
    .exactOptional(),
  identities: z
    .array(
      z
        .strictObject({
          subject: z.string().meta({ description: "The provider's own id of the account: the claim sub." }),
          email: z.string().meta({ description: "The email address that services receive." }),
        })
        .meta({ typeName: "NamedIdentity" }),
    )
    .meta({ description: "With admit: closed, who may sign in.", absent: "none" })
    .exactOptional(),
  pkce: z
    .enum(pkceModes)
    .meta({
      description:
        "Whether a sign-in proves with a key of its own that it was started here. With force, the redirect URI has no id at its end.",
      byDefault: "auto",
      more: "google.md#pkce",
    })
    .exactOptional(),
};

const scopes = z
  .array(z.string())
  .meta({
    description: "Scopes that are requested from the provider.",
    absent: "`openid`, `email`, `profile`; for `github` `user:email`, for `github-app` none",
  })
  .exactOptional();

const kind = { description: "Kind of the provider." };

const unverifiedAddresses = z
  .enum(unverifiedAddressesModes)
  .meta({
    description:
      "Whether an email address counts if the provider does not say that it verified it. vouchedFor: you vouch that nobody there can have somebody else's address.",
    byDefault: "refused",
    more: "providers.md#vouch-for-addresses",
  })
  .exactOptional();

const google = z.strictObject({
  ...client,
  kind: z.literal("google").meta(kind),
  hostedDomain: z
    .union([z.string(), z.array(z.string())], { error: "Write a domain, or a list of domains." })
    .meta({
      description:
        "Google Workspace domain that every account must belong to, or a list of them, whatever admit says.",
    }),
  clientId: z
    .string()
    .meta({
      description: "The client's id, as Google's console shows it.",
      absent: "the one in secretManager",
    })
    .exactOptional(),
  admit: admit.exactOptional(),
  project: z
    .string()
    .meta({ description: "Google Cloud project of the client, for the links into the console." })
    .exactOptional(),
  secretManager: z
    .strictObject({
      project: z.string().meta({ description: "Project of the secret in Secret Manager." }),
      secretId: z.string().meta({ description: "Name of the secret in Secret Manager." }),
      version: z
        .string()
        .meta({ description: "Version of the secret.", byDefault: "latest" })
        .exactOptional(),
      payload: z
        .enum(["clientJson", "secretOnly"])
        .meta({
          description:
            "What the secret holds: the console's file, or only the client secret, which needs a clientId.",
          byDefault: "clientJson",
          typeName: "SecretPayload",
        })
        .exactOptional(),
      externalSecret: z
        .strictObject({
          kind: z
            .enum(["SecretStore", "ClusterSecretStore"])
            .meta({ description: "Kind of the store.", typeName: "SecretStoreKind" }),
          name: z.string().meta({ description: "Name of the store." }),
          refreshInterval: duration
            .meta({ description: "How often the secret is read again.", byDefault: "1h" })
            .exactOptional(),
        })
        .meta({
          description: "Store through which the External Secrets Operator reads it; needs a clientId.",
        })
        .exactOptional(),
    })
    .meta({ description: "Where the client is in Google's Secret Manager.", more: "google.md" })
    .exactOptional(),
  store: z
    .strictObject({
      project: z.string().meta({ description: "Project of the secret." }),
      secretId: z.string().meta({ description: "Name of the secret to create." }),
      accessors: texts
        .meta({ description: "IAM members that may read it, each under a name." })
        .exactOptional(),
      protect: z
        .boolean()
        .meta({ description: "Whether Pulumi refuses to delete it.", byDefault: true })
        .exactOptional(),
    })
    .meta({
      description: "Also keeps the client in Secret Manager.",
      more: "google.md",
      typeName: "CredentialStore",
    })
    .exactOptional(),
});

/** A login provider, without the secret, which has a key of its own. */
export const loginProvider = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      ...client,
      kind: z.literal("generic").meta(kind).default("generic"),
      issuerUrl: z
        .string()
        .meta({ description: "The issuer's https URL, exactly as in its discovery document." }),
      claimsSource: z
        .enum(claimsSources)
        .meta({
          description:
            "Where the email address is read from: userinfo for an issuer whose ID token has none.",
          byDefault: "id_token",
          more: "providers.md#thin-id-tokens",
        })
        .exactOptional(),
      unverifiedAddresses,
      admit,
      scopes,
    }),
    google,
    z.strictObject({
      ...client,
      kind: z.literal("microsoft").meta(kind),
      tenant: z.string().meta({ description: "The directory (tenant) id, a UUID." }),
      unverifiedAddresses,
      admit,
      scopes,
    }),
    z.strictObject({ ...client, kind: z.literal("github").meta(kind), admit, scopes }),
    z.strictObject({ ...client, kind: z.literal("github-app").meta(kind), admit, scopes }),
    z.strictObject({
      ...client,
      kind: z.literal("gitlab").meta(kind),
      issuerUrl: z
        .string()
        .meta({ description: "URL of your own server.", byDefault: "https://gitlab.com" })
        .exactOptional(),
      admit,
      scopes,
    }),
  ],
  { error: ({ input }) => unknownKindAdvice(input) },
);

export type GoogleProvider = z.infer<typeof google>;

/** Kratos knows more kinds of provider than prove an address, so the advice says what is wrong with the one written. */
function unknownKindAdvice(input: unknown): string {
  if (typeof input !== "object" || input === null || !("kind" in input))
    return "Write {id, issuerUrl, clientId, admit}, or another kind, for example {id, kind: github, clientId, admit}.";
  const { reason, fix } = unknownKind(input.kind);
  return `It ${reason}. ${fix}`;
}
