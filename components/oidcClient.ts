import {
  ComponentResource,
  secret,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import { admitProblems, type Admit } from "../ory/kratos/admission";
import { loginProviderProblems, type ProviderKind } from "../ory/kratos/loginProvider";
import type { Problem } from "../ory/problem";
import { refuse } from "./shared/errors";

/** A sign-in button: who asks the user, and which of the users it knows are let in. */
export interface LoginProvider {
  /** Part of the callback URL and of every stored identity. */
  readonly providerId: string;
  readonly kind: ProviderKind;
  readonly label: string;
  readonly issuerUrl?: string;
  readonly clientId: string;
  readonly clientSecret: Output<string>;
  readonly scopes: readonly string[];
  readonly admit: Admit;
}

export interface OidcClientArgs {
  /** The issuer as its discovery document spells it, for example `https://id.example.com`. */
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Treated as a secret, whether or not it is one already. */
  readonly clientSecret: Input<string>;
  /** Who may sign in: whoever any of the lists names, with an address that the issuer has verified. */
  readonly admit: Admit;
  /**
   * Text of the button.
   * @default the component's name
   */
  readonly label?: string;
  /** @default ["openid", "email", "profile"] */
  readonly scopes?: readonly string[];
}

/**
 * A client registered at any OpenID Connect issuer. The component's name is the provider's id: changing it changes the
 * callback URL and makes every user a new one.
 *
 * @example
 * const staff = new OidcClient("staff", {
 *   issuerUrl: "https://id.example.com",
 *   clientId: "portcullis",
 *   clientSecret: config.requireSecret("staffClientSecret"),
 *   admit: { emailDomains: ["example.com"] },
 * });
 * @throws ComponentProblem when the name, the issuer or a list of `admit` is not usable
 * @see https://www.ory.com/docs/kratos/social-signin/generic
 */
export class OidcClient extends ComponentResource implements LoginProvider {
  static readonly token = "portcullis:index:OidcClient";

  readonly providerId: string;
  readonly kind = "generic";
  readonly label: string;
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: Output<string>;
  readonly scopes: readonly string[];
  readonly admit: Admit;

  constructor(name: string, args: OidcClientArgs, opts?: ComponentResourceOptions) {
    const clientSecret = secret(args.clientSecret);
    super(OidcClient.token, name, { ...args, clientSecret }, opts);
    refuse(this, `OidcClient "${name}"`, [
      ...ownProblems(name, args.issuerUrl),
      ...admitProblems("admit", args.admit),
    ]);
    this.providerId = name;
    this.label = args.label ?? name;
    this.issuerUrl = args.issuerUrl;
    this.clientId = args.clientId;
    this.clientSecret = clientSecret;
    this.scopes = args.scopes ?? ["openid", "email", "profile"];
    this.admit = args.admit;
    this.registerOutputs({ issuerUrl: this.issuerUrl });
  }
}

/** The problems of a provider in a list, by this component's own properties. */
function ownProblems(name: string, issuerUrl: string): Problem[] {
  const paths: Record<string, string> = { "[0].id": "name", "[0].issuerUrl": "issuerUrl" };
  return loginProviderProblems("", [{ id: name, kind: "generic", issuerUrl }]).map((problem) => ({
    ...problem,
    path: paths[problem.path] ?? problem.path,
  }));
}
