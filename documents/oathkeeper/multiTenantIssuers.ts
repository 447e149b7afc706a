/** An issuer that signs for everybody with an account there, so a signature alone proves nothing. */
export interface MultiTenantIssuer {
  /** The name that users know it by. */
  readonly name: string;
  /** The issuer as it appears in its tokens. */
  readonly issuers: readonly [string, ...string[]];
  /** Claims of which one identifies the owner of the token. The issuer sets them, not the client that requests the token. */
  readonly claims: readonly [string, ...string[]];
  /** An example of such a claim, as a user writes it. */
  readonly example: string;
}

/**
 * Issuers with one `iss` for all their customers. Anybody with an account can have a token signed, with most of them for
 * any audience. Issuers with an `iss` per customer are not here: CircleCI (one an organization), Bitbucket (a workspace),
 * Fly.io (an organization), Vercel's "team" mode, Spacelift, Okta, Auth0, Entra ID (a tenant), and the clusters of EKS, GKE
 * and AKS.
 */
export const multiTenantIssuers: readonly MultiTenantIssuer[] = [
  {
    // https://docs.github.com/en/actions/reference/security/oidc
    name: "GitHub Actions",
    issuers: ["https://token.actions.githubusercontent.com"],
    claims: ["repository", "repository_id", "repository_owner", "repository_owner_id", "sub"],
    example: '{ repository: "acme/app", ref: "refs/heads/main" }',
  },
  {
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/
    name: "GitLab.com",
    issuers: ["https://gitlab.com"],
    claims: ["project_path", "project_id", "namespace_path", "namespace_id", "sub"],
    example: '{ project_path: "acme/app", ref_protected: "true" }',
  },
  {
    // https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
    name: "Google",
    issuers: ["https://accounts.google.com", "accounts.google.com"],
    claims: ["sub", "email", "hd"],
    example: '{ email: "ci@acme.iam.gserviceaccount.com", email_verified: true }',
  },
  {
    // The tenant of all personal accounts: https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
    name: "Microsoft's personal accounts",
    issuers: ["https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"],
    claims: ["sub", "oid"],
    example: '{ sub: "…" }',
  },
  {
    // https://buildkite.com/docs/pipelines/security/oidc
    name: "Buildkite",
    issuers: ["https://agent.buildkite.com"],
    claims: ["organization_slug", "organization_id", "pipeline_id", "sub"],
    example: '{ organization_slug: "acme", pipeline_slug: "app" }',
  },
  {
    // https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials/workload-identity-tokens
    name: "HCP Terraform",
    issuers: ["https://app.terraform.io"],
    claims: ["terraform_organization_id", "terraform_organization_name", "terraform_workspace_id", "sub"],
    example: '{ terraform_organization_name: "acme", terraform_workspace_name: "app" }',
  },
  {
    // https://www.pulumi.com/docs/esc/guides/configuring-oidc/custom-audience/
    name: "Pulumi Cloud",
    issuers: ["https://api.pulumi.com/oidc", "https://api.pulumi.com/oidc/v2"],
    claims: ["sub", "https://pulumi.com/org", "https://pulumi.com/org_id"],
    example: '{ sub: "…" }',
  },
  {
    // https://vercel.com/docs/oidc/reference, the issuer mode "global"
    name: "Vercel",
    issuers: ["https://oidc.vercel.com"],
    claims: ["owner_id", "owner", "project_id", "sub"],
    example: '{ owner: "acme", project: "app", environment: "production" }',
  },
  {
    // https://codefresh.io/docs/docs/integrations/oidc-pipelines/
    name: "Codefresh",
    issuers: ["https://oidc.codefresh.io"],
    claims: ["account_id", "account_name", "pipeline_id", "sub"],
    example: '{ account_id: "…", pipeline_name: "acme/app" }',
  },
  {
    // https://modal.com/docs/guide/oidc-integration
    name: "Modal",
    issuers: ["https://oidc.modal.com"],
    claims: ["workspace_id", "app_id", "sub"],
    example: '{ workspace_id: "ac-…", app_name: "app" }',
  },
  {
    // https://namespace.so/docs/federation
    name: "Namespace",
    issuers: ["https://federation.namespaceapis.com"],
    claims: ["tenant_id", "sub"],
    example: '{ tenant_id: "…" }',
  },
  {
    // https://docs.env0.com/docs/oidc-integrations
    name: "env0",
    issuers: ["https://login.app.env0.com/"],
    claims: ["sub"],
    example: '{ sub: "…" }',
  },
  {
    // https://edu.chainguard.dev/chainguard/administration/assumable-ids/
    name: "Chainguard",
    issuers: ["https://issuer.enforce.dev"],
    claims: ["sub"],
    example: '{ sub: "…" }',
  },
  {
    // https://docs.sigstore.dev/certificate_authority/oidc-in-fulcio/
    name: "Sigstore",
    issuers: ["https://oauth2.sigstore.dev/auth"],
    claims: ["email", "sub"],
    example: '{ email: "release@example.com", email_verified: true }',
  },
  {
    // https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
    name: "Apple",
    issuers: ["https://appleid.apple.com"],
    claims: ["sub"],
    example: '{ sub: "…" }',
  },
];

/** The entry of an issuer, if it signs for many customers. */
export function multiTenantIssuer(issuer: string): MultiTenantIssuer | undefined {
  return multiTenantIssuers.find(({ issuers }) => issuers.includes(issuer));
}
