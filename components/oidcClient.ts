import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { AdmitArgs, NamedIdentity } from "../documents/kratos/admit";
import type { UnverifiedAddresses } from "../documents/kratos/claimsMapper";
import {
  loginProviderSpec,
  loginProviderProblems,
  type ClaimsSource,
  type LoginProviderSpec,
  type Pkce,
} from "../documents/kratos/loginProvider";
import { argument, ofKnown, type Path, type Problem } from "../documents/shared/problem";
import { clientIdProblems, clientSecretProblems } from "../documents/shared/secretText";
import { asSecret, type ClientSecret, type SecretInput, type SecretReference } from "./shared/clientSecret";
import { checked, type Known } from "./shared/known";

/** A login provider with its sign-in button: who authenticates users, and which of its users may sign in. */
export interface LoginProvider {
  /** Which provider it is and whom it admits, with every default filled in. */
  readonly spec: LoginProviderSpec;
  /** The client's id at the provider. */
  readonly clientId: Input<string>;
  /** Secret of the client, or where it is kept. */
  readonly clientSecret: ClientSecret;
  /** The redirect URI that was registered at the provider, if the component knows it. */
  readonly redirectUri?: string;
}

/** Any OpenID Connect issuer with discovery. @see https://www.ory.com/docs/kratos/social-signin/generic */
export interface GenericIssuer {
  /** @default "generic" */
  readonly kind?: "generic";
  /**
   * The issuer's URL exactly as in its discovery document, for example `https://id.example.com`. Plain http is for
   * `insecureDevMode`.
   */
  readonly issuerUrl: string;
  /**
   * Where the email address is read from: `userinfo` for an issuer whose ID token has none, such as Authelia and
   * Zitadel.
   * @default "id_token"
   * @see https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
   */
  readonly claimsSource?: ClaimsSource;
  /**
   * What happens to an address that the issuer does not mark as verified (`email_verified` false or missing). With
   * `vouchedFor` it counts: you vouch that nobody there can have somebody else's address. Anybody who can enter one
   * there is let in as its owner.
   * @default "refused"
   */
  readonly unverifiedAddresses?: UnverifiedAddresses;
}

/**
 * One tenant of Microsoft Entra. Its app registration must send the optional claims `email` and `xms_edov`: without the
 * second, nobody is admitted unless you vouch for the addresses, because an unproven address could be anybody's.
 * @see https://www.ory.com/docs/kratos/social-signin/microsoft
 */
export interface MicrosoftTenant {
  /** Entra ID. */
  readonly kind: "microsoft";
  /** The directory (tenant) id, a UUID: `common` and `organizations` would let any tenant claim any address. */
  readonly tenant: string;
  /**
   * What happens to an address without `xms_edov`. With `vouchedFor` it counts: you vouch that nobody in the tenant,
   * guests included, can have somebody else's address.
   * @default "refused"
   */
  readonly unverifiedAddresses?: UnverifiedAddresses;
}

/**
 * A client at GitHub, which sends the account's primary address. At GitHub, a verified address stays verified: list
 * addresses rather than domains, because a former colleague's address stays verified too.
 * @see https://www.ory.com/docs/kratos/social-signin/github
 */
export interface GitHubClient {
  /**
   * `github` for an OAuth app, whose id is 20 hex digits or begins with `Ov`; `github-app` for a GitHub App, whose id begins
   * with `Iv` and which needs the account permission "Email addresses: read-only".
   */
  readonly kind: "github" | "github-app";
}

/** An application at GitLab. @see https://www.ory.com/docs/kratos/social-signin/gitlab */
export interface GitLabApplication {
  /** GitLab.com, or a GitLab of your own. */
  readonly kind: "gitlab";
  /**
   * The server's URL.
   * @default "https://gitlab.com"
   */
  readonly issuerUrl?: string;
}

/** A client that somebody registered at a login provider. */
export type OidcClientArgs = (GenericIssuer | MicrosoftTenant | GitHubClient | GitLabApplication) & {
  /** Id of the client at the provider. */
  readonly clientId: Input<string>;
  /** The value, treated as a secret whether or not it is one already; or a Secret in the gateway's namespace. */
  readonly clientSecret: SecretInput;
  /** Who may sign in: everybody whom one of the lists names, with an address that the provider has verified; or `closed`. */
  readonly admit: AdmitArgs;
  /**
   * With `closed`: who may sign in. Identities exist from the next `pulumi up` on, and an existing one is never
   * changed.
   * @default identities are created by hand, at Kratos' admin API
   */
  readonly identities?: readonly NamedIdentity[];
  /**
   * Text of the button.
   * @default the component's name
   */
  readonly label?: string;
  /** @default ["user:email"] for github, none for github-app, else ["openid", "email", "profile"] */
  readonly scopes?: readonly string[];
  /**
   * Whether a sign-in proves with a key of its own that it was started here. `force` does so even if the provider does
   * not offer it; the redirect URI then ends in `/callback`, without the name.
   * @default "auto": if the provider's discovery document offers it; Kratos reads none for microsoft and GitHub
   * @see https://github.com/ory/kratos/pull/4078
   */
  readonly pkce?: Pkce;
};

/**
 * A client registered at a login provider: any OpenID Connect issuer, or one that Kratos knows by name. The component's
 * name is the provider's id: changing it changes the callback URL and makes every user a new user.
 *
 * @example
 * const staff = new OidcClient("staff", {
 *   issuerUrl: "https://id.example.com",
 *   clientId: "portcullis",
 *   clientSecret: config.requireSecret("staffClientSecret"),
 *   admit: { emailDomains: ["example.com"] },
 * });
 * const contractors = new OidcClient("github", {
 *   kind: "github",
 *   clientId: "Ov23liXkQyP1nRtVb7Ms",
 *   clientSecret: { secretName: "github-client", key: "secret" },
 *   admit: "closed",
 *   identities: [{ subject: "583231", email: "octocat@example.com" }],
 * });
 * @throws ComponentProblem when the name, the issuer or tenant, or a list of `admit` is not usable
 */
export class OidcClient extends ComponentResource implements LoginProvider {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:OidcClient";

  /** Which provider it is and whom it admits, with every default filled in. */
  readonly spec: LoginProviderSpec;
  /** Id of the client at the provider. */
  readonly clientId: Input<string>;
  /** Secret of the client, or where it is kept. */
  readonly clientSecret: Output<string> | SecretReference;

  constructor(name: string, args: OidcClientArgs, opts?: ComponentResourceOptions) {
    const secretArgs = { ...args, clientSecret: asSecret(args.clientSecret) };
    super(OidcClient.token, name, secretArgs, opts);
    const path: Path = (property) => (property === "id" ? "name" : argument(property));
    const { clientId, clientSecret, ...claims } = checked(
      this,
      `OidcClient "${name}"`,
      path,
      secretArgs,
      (at, known) => [
        ...loginProviderProblems(at, { kind: "generic", ...known, id: name }),
        ...clientProblems(at, known),
      ],
    );
    this.spec = loginProviderSpec({ kind: "generic", ...claims, id: name });
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.registerOutputs({ issuerUrl: this.spec.issuerUrl });
  }
}

/** Checks the credentials that the provider gave the client. */
function clientProblems(
  path: Path,
  { clientId, clientSecret }: Pick<Known<OidcClientArgs>, "clientId" | "clientSecret">,
): readonly Problem[] {
  return [
    ...ofKnown(clientId, (id) => clientIdProblems(path("clientId"), id)),
    ...(typeof clientSecret === "string" ? clientSecretProblems(path("clientSecret"), clientSecret) : []),
  ];
}
