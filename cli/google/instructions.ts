import { z } from "zod";
import { googleRedirectUri } from "../../components/google/redirectUri";
import { report } from "../../components/shared/errors";
import { redirectUriProblems } from "../../documents/google/client";
import { googleInstructions } from "../../documents/google/instructions";
import { Failure } from "../shared/failure";
import { hostedDomains } from "../../documents/kratos/admit";
import { pkceModes } from "../../documents/kratos/loginProvider";
import { domainProblems } from "../../documents/oathkeeper/hosts";
import { PROJECT } from "../../stacks/settings/project";

const google = z.object({
  id: z.string(),
  kind: z.literal("google"),
  hostedDomain: z.union([z.string(), z.array(z.string()).nonempty()]),
  project: z.string().optional(),
  pkce: z.enum(pkceModes).optional(),
  secretManager: z.object({ project: z.string(), secretId: z.string() }).optional(),
  store: z.object({ project: z.string() }).optional(),
});
type GoogleProvider = z.infer<typeof google>;

const fileSchema = z.object({
  config: z.object({
    "portcullis:domain": z.string(),
    "portcullis:loginProviders": z.array(z.looseObject({ kind: z.string().default("generic") })),
  }),
});

/** What the command prints for the file of a stack. */
export function instructionsFor(stack: string, document: unknown): string {
  const file = `Pulumi.${stack}.yaml`;
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) throw new Failure(`${file}: ${z.prettifyError(parsed.error)}`);
  const { "portcullis:domain": domain, "portcullis:loginProviders": entries } = parsed.data.config;
  const providers = z.array(google).safeParse(entries.filter(({ kind }) => kind === "google"));
  if (!providers.success) throw new Failure(`${file}: ${z.prettifyError(providers.error)}`);
  if (providers.data.length === 0)
    throw new Failure(
      `${file} has no login provider {id: google, kind: google, hostedDomain: …}: add it first.`,
    );
  return providers.data.map((provider) => instructionsOf(stack, domain, provider)).join("\n");
}

function instructionsOf(stack: string, domain: string, provider: GoogleProvider): string {
  const { id, hostedDomain, pkce, secretManager, store } = provider;
  const { project } = { ...store, ...secretManager, ...provider };
  const ofDomain = domainProblems(`${PROJECT}:domain`, domain);
  if (ofDomain.length > 0) throw new Failure(report(`Pulumi.${stack}.yaml`, ofDomain));
  const redirectUri = googleRedirectUri(id, domain, pkce);
  const problems = redirectUriProblems(`${PROJECT}:domain`, redirectUri);
  if (problems.length > 0) throw new Failure(report(`Pulumi.${stack}.yaml`, problems));
  return googleInstructions({
    redirectUri,
    hostedDomains: hostedDomains(hostedDomain),
    ...(project !== undefined && { project }),
    store: storeSteps(stack, provider),
  });
}

function storeSteps(stack: string, { id, secretManager }: GoogleProvider): string[] {
  if (!secretManager)
    return [
      `Write its client_id as clientId of "${id}" into Pulumi.${stack}.yaml.`,
      `pulumi config set --secret --stack ${stack} ${PROJECT}:clientSecret.${id}   (paste client_secret; then delete the file)`,
    ];
  const { project, secretId } = secretManager;
  return [
    `Once: gcloud secrets create ${secretId} --project ${project} --replication-policy automatic`,
    `gcloud secrets versions add ${secretId} --project ${project} --data-file client_secret.json   (then delete the file)`,
  ];
}
