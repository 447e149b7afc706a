import type { Input } from "@pulumi/pulumi";
import type { AdmitArgs, HostedDomain, NamedIdentity } from "../../documents/kratos/admit";
import type { Pkce } from "../../documents/kratos/loginProvider";
import type { Duration } from "../../documents/shared/duration";
import type { SecretInput, SecretStore } from "../shared/clientSecret";
import type { CredentialStoreArgs } from "./credentialStore";

/** The id and secret are given: by the stack's configuration, or as a Secret in the gateway's namespace. */
export interface ExistingCredential {
  /** The program has the credential. */
  readonly kind: "existing";
  /** The client's id, which ends in `.apps.googleusercontent.com`. */
  readonly clientId: Input<string>;
  /** Treated as a secret, whether or not it is one already. */
  readonly clientSecret: SecretInput;
  /**
   * Also keeps both in Google's Secret Manager, where a stack with the source `secretManager` can read them. Needs the
   * value, not a Secret of the cluster.
   * @default nothing is asked of Google
   */
  readonly store?: CredentialStoreArgs;
}

/** The id and secret are in Google's Secret Manager, in a secret that already has a version. */
export interface SecretManagerCredential {
  /** Google's Secret Manager has the credential. */
  readonly kind: "secretManager";
  /** Project of the secret. */
  readonly project: Input<string>;
  /** Name of the secret in that project. */
  readonly secretId: Input<string>;
  /**
   * Version of the secret. Pin it in production, so that a preview shows a rotation.
   * @default "latest"
   */
  readonly version?: Input<string>;
  /**
   * What the secret holds: the file that you download from the console, or only the client secret, which needs a
   * `clientId`.
   * @default "clientJson"
   */
  readonly payload?: "clientJson" | "secretOnly";
  /** @default what the file says */
  readonly clientId?: Input<string>;
  /**
   * `kubernetesSecret`: `pulumi up` reads the value and puts it into the identity server's Secret. `externalSecret`:
   * the External Secrets Operator in the cluster reads it, so that it is not in any state; needs a `clientId`.
   * @default { kind: "kubernetesSecret" }
   * @see https://external-secrets.io/latest/provider/google-secrets-manager/
   */
  readonly delivery?:
    | {
        /** Read by the program, and kept in a Secret that it creates. */
        readonly kind: "kubernetesSecret";
      }
    | {
        /** Fetched by the External Secrets Operator. */
        readonly kind: "externalSecret";
        /** The operator's store for the project. */
        readonly store: SecretStore;
        /** @default "1h" */
        readonly refreshInterval?: Duration;
      };
}

/** A Google client that somebody created in the console: Google has no API for that. */
export interface GoogleOAuthClientArgs {
  /** Where its id and its secret are. */
  readonly source: ExistingCredential | SecretManagerCredential;
  /** The gateway's domain, from which the redirect URI is derived; served by https. */
  readonly domain: string;
  /**
   * Google Workspace domain that every account must belong to, or several of them, whatever `admit` says. The client
   * must belong to an organization that has them all, or have an external audience.
   */
  readonly hostedDomain: HostedDomain;
  /** @default everybody of the hosted domains */
  readonly admit?: AdmitArgs;
  /** With `closed`: who may sign in, by the claim `sub`. */
  readonly identities?: readonly NamedIdentity[];
  /**
   * The Google Cloud project that the client belongs to, for the links into the console. If the console's file is read,
   * or Google is asked anyway, a client of another project causes a warning.
   * @default the console asks; a client of another project than its secret's causes a warning
   */
  readonly project?: string;
  /**
   * Whether a sign-in proves with a key of its own that it was started here. With `force`, the redirect URI ends in
   * `/callback`, without the name.
   * @default "auto": Google offers it, so it is used
   */
  readonly pkce?: Pkce;
  /** @default "Google" */
  readonly label?: string;
}
