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
            .meta({ description: "Domains of verified addresses, without subdomains." })
            .exactOptional(),
          emails: listed("alice@example.com")
            .meta({ description: "Single verified addresses." })
            .exactOptional(),
          groups: listed("sre")
            .meta({
              description: "Groups of the gateway, with who is in them at the last up.",
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
      "Who may sign in: {workspaceDomains?, emailDomains?, emails?, groups?}, whoever any of them names, or closed: only identities.",
    more: "#who-may-enter",
  });

const client = {
  id: z.string().meta({
    description:
      "Lower-case letters, digits, hyphens. Part of the callback URL and of every stored identity: never change it.",
  }),
  label: z.string().meta({ description: "Text of the button.", absent: "the id" }).exactOptional(),
  clientId: z.string().meta({ description: "The client's id at the provider." }),
  clientSecret: secretReference
    .meta({
      description:
        "{secretName, key} of a Secret in the gateway's namespace: its value is then in neither configuration nor state.",
      absent: "the key `portcullis:clientSecret.<id>`",
    })
    .exactOptional(),
  identities: z
    .array(
      z
        .strictObject({
          subject: z.string().meta({ description: "The provider's own name of the account: the claim sub." }),
          email: z.string().meta({ description: "The address that services are told." }),
        })
        .meta({ typeName: "NamedIdentity" }),
    )
    .meta({ description: "With admit: closed, who may enter.", absent: "none" })
    .exactOptional(),
  pkce: z
    .enum(pkceModes)
    .meta({
      description:
        "Whether a sign-in proves by a key of its own that it was begun here. With force the redirect URI has no id at its end.",
      byDefault: "auto",
      more: "google.md#pkce",
    })
    .exactOptional(),
};

const scopes = z
  .array(z.string())
  .meta({
    description: "What is asked of the provider.",
    absent: "`openid`, `email`, `profile`; for `github` `user:email`, for `github-app` none",
  })
  .exactOptional();

const kind = { description: "Kind of the provider." };

const unverifiedAddresses = z
  .enum(unverifiedAddressesModes)
  .meta({
    description:
      "Whether an address counts that the provider does not say to have verified. vouchedFor: you say that nobody there can have somebody else's.",
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
    .meta({ description: "The client's id, as Google's console shows it.", absent: "what secretManager has" })
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
            "What it holds: the console's file, or the client secret only, which needs a clientId.",
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
            .meta({ description: "How often it is read anew.", byDefault: "1h" })
            .exactOptional(),
        })
        .meta({ description: "The store by which the External Secrets Operator reads it; needs a clientId." })
        .exactOptional(),
    })
    .meta({ description: "Where in Google's Secret Manager the client is.", more: "google.md" })
    .exactOptional(),
  store: z
    .strictObject({
      project: z.string().meta({ description: "Project of Secret Manager." }),
      secretId: z.string().meta({ description: "Name of the secret to make." }),
      accessors: texts.meta({ description: "IAM members who may read it, each by a name." }).exactOptional(),
      protect: z
        .boolean()
        .meta({ description: "Whether Pulumi refuses to delete it.", byDefault: true })
        .exactOptional(),
    })
    .meta({
      description: "Keeps the client in Secret Manager too.",
      more: "google.md",
      typeName: "CredentialStore",
    })
    .exactOptional(),
});

/** A login provider, without the secret that a key of its own has. */
export const loginProvider = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      ...client,
      kind: z.literal("generic").meta(kind).default("generic"),
      issuerUrl: z
        .string()
        .meta({ description: "The issuer as its discovery document spells it, by https." }),
      claimsSource: z
        .enum(claimsSources)
        .meta({
          description: "Where the issuer tells the address: userinfo for one whose ID token has none.",
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
        .meta({ description: "URL of a server of one's own.", byDefault: "https://gitlab.com" })
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
