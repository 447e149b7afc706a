import {
  all,
  ComponentResource,
  log,
  Output,
  output,
  secret,
  unsecret,
  type ComponentResourceOptions,
  type Input,
} from "@pulumi/pulumi";
import {
  googleClientIdProblems,
  googleClientSecretProblems,
  clientSecretWarnings,
  numberWarnings,
  projectWarnings,
  type Warning,
} from "../documents/google/client";
import {
  clientJson,
  readClientJson,
  type ClientFile,
  type GoogleCredential,
} from "../documents/google/clientJson";
import { memberProblems } from "../documents/google/credentialStoreProblems";
import { consoleLinks, googleInstructions, type ConsoleLinks } from "../documents/google/instructions";
import { hostedDomains, type AdmitArgs } from "../documents/kratos/admit";
import { loginProviderSpec, type LoginProviderSpec } from "../documents/kratos/loginProvider";
import { argument, found, type Problem } from "../documents/shared/problem";
import type * as credentialStore from "./google/credentialStore";
import type { GoogleOAuthClientArgs } from "./google/args";
import { googleOAuthClientProblems } from "./google/problems";
import { googleRedirectUri } from "./google/redirectUri";
import type { LoginProvider } from "./oidcClient";
import {
  asSecret,
  isReference,
  type ExternalSecretSource,
  type SecretReference,
} from "./shared/clientSecret";
import { refuse } from "./shared/errors";
import { loadError } from "./shared/googleSdk";

/**
 * A standard Google OAuth client, which only Google's console can create: `instructions` says how. The component checks
 * the credential in preview and delivers it. Its name is the provider's id, and part of the redirect URI.
 *
 * @example
 * const google = new GoogleOAuthClient("google", {
 *   domain: "apps.example.com",
 *   hostedDomain: "example.com",
 *   source: {
 *     kind: "existing",
 *     clientId: config.require("googleClientId"),
 *     clientSecret: config.requireSecret("googleClientSecret"),
 *   },
 * });
 * google.redirectUri; // "https://auth-server.apps.example.com/self-service/methods/oidc/callback/google"
 * @throws ComponentProblem when the credential is not one of a web application, or Google does not accept such a
 * redirect URI
 * @see https://www.ory.com/docs/kratos/social-signin/google
 */
export class GoogleOAuthClient extends ComponentResource implements LoginProvider {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:GoogleOAuthClient";

  /** Which provider it is and whom it admits, with every default filled in. */
  readonly spec: LoginProviderSpec;
  /** Id of the client at the provider. */
  readonly clientId: Output<string>;
  /** Secret of the client, or where it is kept. */
  readonly clientSecret: Output<string> | SecretReference | ExternalSecretSource;
  /** The redirect URI. Register exactly this one at Google. */
  readonly redirectUri: string;
  /** Pages of Google's console where the client is managed. */
  readonly console: Output<ConsoleLinks>;
  /** What to do in Google's console, as plain text. */
  readonly instructions: string;

  constructor(name: string, args: GoogleOAuthClientArgs, opts?: ComponentResourceOptions) {
    const admit: AdmitArgs = args.admit ?? { workspaceDomains: hostedDomains(args.hostedDomain) };
    super(GoogleOAuthClient.token, name, { ...args, admit, source: sourceInState(args.source) }, opts);
    const { hostedDomain, identities, label = "Google", pkce } = args;
    this.spec = loginProviderSpec({
      id: name,
      kind: "google",
      label,
      hostedDomain,
      admit,
      ...(identities && { identities }),
      ...(pkce !== undefined && { pkce }),
    });
    this.refuse(googleOAuthClientProblems(name, args, admit));
    this.redirectUri = googleRedirectUri(name, args.domain, args.pkce);
    const { clientId, clientSecret, projectInFile } = this.credential(args.source);
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.createStore(args.source);
    this.compareProject(args, projectInFile);
    this.console = clientId.apply((id) => consoleLinks(args.project, id));
    this.instructions = googleInstructions({
      redirectUri: this.redirectUri,
      hostedDomains: hostedDomains(args.hostedDomain),
      ...(args.project !== undefined && { project: args.project }),
      store: storeSteps(args.source),
    });
    this.registerOutputs({ redirectUri: this.redirectUri, console: this.console });
  }

  private credential(source: GoogleOAuthClientArgs["source"]): CheckedCredential {
    if (source.kind === "existing") {
      const { clientSecret } = source;
      return {
        clientId: this.checkedId(argument("source.clientId"), source.clientId),
        clientSecret: isReference(clientSecret)
          ? clientSecret
          : this.checkedSecret(argument("source.clientSecret"), clientSecret),
      };
    }
    const { clientId = "", delivery, payload = "clientJson", project, secretId, version } = source;
    if (delivery?.kind === "externalSecret")
      return {
        clientId: this.checkedId(argument("source.clientId"), clientId),
        clientSecret: {
          store: delivery.store,
          refreshInterval: delivery.refreshInterval ?? "1h",
          remote: {
            key: secretId,
            ...(payload === "clientJson" && { property: "web.client_secret" }),
            ...(version !== undefined && { version }),
          },
        },
      };
    const text = this.readSecretManager(project, secretId, version);
    if (payload === "secretOnly")
      return {
        clientId: this.checkedId(argument("source.clientId"), clientId),
        clientSecret: this.checkedSecret(argument("source.secretId"), text),
      };
    const file = text.apply((json) => this.readFile(json));
    return {
      clientId: unsecret(file.apply((credential) => credential.clientId)),
      clientSecret: secret(file.apply((credential) => credential.clientSecret)),
      projectInFile: file.apply(({ projectId }) => projectId),
    };
  }

  /** Google's SDK is large and optional, so one function of it is loaded, and only here. */
  private readSecretManager(
    project: Input<string>,
    secretId: Input<string>,
    version: Input<string> | undefined,
  ): Output<string> {
    return secret(
      output(this.loadSecretManagerSdk())
        .apply(({ getSecretVersionAccessOutput }) =>
          getSecretVersionAccessOutput(
            { project, secret: secretId, ...(version !== undefined && { version }) },
            { parent: this },
          ),
        )
        .apply(({ secretData }) => secretData),
    );
  }

  private async loadSecretManagerSdk() {
    try {
      return await import("@pulumi/gcp/secretmanager/getSecretVersionAccess.js");
    } catch (error) {
      throw this.withoutSdk(error, argument("source.kind"), found("secretManager"));
    }
  }

  /** Stores the credential outside of the gateway too, if that is wanted. */
  private createStore(source: GoogleOAuthClientArgs["source"]): void {
    if (source.kind !== "existing" || !source.store || !Output.isInstance(this.clientSecret)) return;
    const accessors = Object.entries(source.store.accessors ?? {}).map(([name, member]) => {
      const path = argument(`source.store.accessors.${name}`);
      return [name, this.checked(member, (known) => memberProblems(path, known))] as const;
    });
    const { CredentialStore } = this.loadCredentialStore();
    new CredentialStore(
      this.spec.id,
      { ...source.store, accessors: Object.fromEntries(accessors) },
      this,
      all([this.clientId, this.clientSecret]).apply(([clientId, clientSecret]) =>
        clientJson({ clientId, clientSecret }, this.redirectUri),
      ),
    );
  }

  private loadCredentialStore(): typeof credentialStore {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it always
      return require("./google/credentialStore") as typeof credentialStore;
    } catch (error) {
      throw this.withoutSdk(error, argument("source.store"), "an object");
    }
  }

  /** The console's file names the client's project; otherwise only its number is known, from the client's id. */
  private compareProject(args: GoogleOAuthClientArgs, projectInFile?: Output<string | undefined>): void {
    if (!asksGoogle(args.source)) return;
    all([this.clientId, projectOf(args), projectInFile]).apply(async ([clientId, project, inFile]) => {
      if (project === undefined) return;
      if (inFile !== undefined) {
        this.warn(projectWarnings(clientId, project, inFile));
        return;
      }
      const number = await this.projectNumber(project);
      if (number !== undefined) this.warn(numberWarnings(clientId, project, number));
    });
  }

  /** Nothing if the caller may read the secret but not the project. */
  private async projectNumber(projectId: string): Promise<string | undefined> {
    try {
      const { getProject } = await import("@pulumi/gcp/organizations/getProject.js");
      return (await getProject({ projectId }, { parent: this })).number;
    } catch (error) {
      void log.debug(`the project ${projectId} cannot be read: ${String(error)}`, this);
      return undefined;
    }
  }

  private withoutSdk(error: unknown, path: string, value: string): Error {
    return loadError(error, { component: this, subject: this.subject, path, value });
  }

  private readFile(json: string): GoogleCredential & Pick<ClientFile, "projectId"> {
    const { credential, problems, projectId, warnings } = readClientJson(
      argument("source.secretId"),
      json,
      this.redirectUri,
    );
    this.refuse(problems);
    this.warn(warnings);
    return { ...credential, projectId };
  }

  private refuse(problems: readonly Problem[]): void {
    refuse(this, this.subject, problems);
  }

  private get subject(): string {
    return `GoogleOAuthClient "${this.spec.id}"`;
  }

  private warn(warnings: readonly Warning[]): void {
    for (const { path, reason, fix } of warnings) void log.warn(`${path} ${reason}. ${fix}`, this);
  }

  private checkedId(path: string, value: Input<string>): Output<string> {
    return this.checked(value, (clientId) => googleClientIdProblems(path, clientId));
  }

  private checkedSecret(path: string, value: Input<string>): Output<string> {
    return secret(
      this.checked(value, (clientSecret) => googleClientSecretProblems(path, clientSecret)).apply(
        (clientSecret) => {
          this.warn(clientSecretWarnings(path, clientSecret));
          return clientSecret;
        },
      ),
    );
  }

  /** A plain value was checked with everything else; any other value is checked before anything can use it. */
  private checked(value: Input<string>, problems: (known: string) => Problem[]): Output<string> {
    return output(value).apply((known) => {
      if (typeof value !== "string") this.refuse(problems(known));
      return known;
    });
  }
}

/** The credential that the source gives. */
type CheckedCredential = Pick<GoogleOAuthClient, "clientId" | "clientSecret"> & {
  /** Only if there is a file; not every file names the project. */
  readonly projectInFile?: Output<string | undefined>;
};

function asksGoogle(source: GoogleOAuthClientArgs["source"]): boolean {
  if (source.kind === "existing") return source.store !== undefined;
  return source.delivery?.kind !== "externalSecret";
}

/** Most people keep a client's secret in the client's project. */
function projectOf({ project, source }: GoogleOAuthClientArgs): Input<string> | undefined {
  return project ?? (source.kind === "existing" ? source.store?.project : source.project);
}

function storeSteps(source: GoogleOAuthClientArgs["source"]): string[] {
  if (source.kind === "existing") return ["Give the id and the secret to the program; delete the file."];
  return ["Add the file to the secret in Secret Manager as a new version; delete the file."];
}

/** The arguments as a stack's state may show them. */
function sourceInState(source: GoogleOAuthClientArgs["source"]): GoogleOAuthClientArgs["source"] {
  return source.kind === "existing" ? { ...source, clientSecret: asSecret(source.clientSecret) } : source;
}
