import type { ComponentResourceOptions, Output } from "@pulumi/pulumi";
import { defined } from "../documents/shared/defined";
import { AccessGateway } from "../components/accessGateway";
import type { AccessGatewayArgs } from "../components/accessGateway/args";
import { gatewayDefaults, namespaceName } from "../components/accessGateway/defaults";
import type { GatewayRef } from "../components/gatewayRef";
import type { SecretManagerCredential } from "../components/google/args";
import { GoogleOAuthClient } from "../components/googleOAuthClient";
import { OidcClient, type LoginProvider } from "../components/oidcClient";
import { ProtectedService } from "../components/protectedService";
import { resolveImages } from "../components/shared/images";
import { createDemoUpstream } from "./demoUpstream";
import type { ToldAdmission } from "../documents/kratos/admit";
import { defaultSessionCookie } from "../documents/shared/cookies";
import type { Settings } from "./settings/secrets";

/** What `pulumi stack output` shows of a gateway. */
export interface GatewayOutputs {
  /** For stacks whose services this gateway protects. */
  readonly gateway: GatewayRef;
  readonly namespace: string;
  readonly loginUi: string;
  readonly identityServer: string;
  /** Pods of the proxy. */
  readonly replicas: number;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  /** The redirect URI to register at each login provider. */
  readonly callbackUrls: Readonly<Record<string, string>>;
  /** The page that signs a person out of every service; for a link in your own pages. */
  readonly signOut: string;
  /** How an upstream checks a signed identity. */
  readonly signedIdentity: AccessGateway["signedIdentity"];
  /** Who may sign in through each login provider, for `portcullis sessions`. */
  readonly admissions: Output<Readonly<Record<string, ToldAdmission>>>;
  /** URL of each protected service. */
  readonly services: Readonly<Record<string, string>>;
}

/**
 * The platform: one gateway and the services that it protects.
 *
 * @param opts options of each component that it creates
 */
export function createGateway(
  settings: Settings,
  name = "portcullis",
  opts: ComponentResourceOptions = {},
): GatewayOutputs {
  const { replicas, release } = { ...gatewayDefaults, ...defined(settings) };
  const gateway = createAccessGateway(name, { ...settings, replicas, release }, opts);
  const upstreams = settings.demoUpstream ? createDemoUpstream(resolveImages(release, settings.images)) : [];
  const services = createServices(gateway, settings.services, { ...opts, dependsOn: upstreams });

  const { loginUi, identityServer } = gateway.addresses;
  return {
    gateway: gateway.ref,
    namespace: namespaceName(settings.namespace),
    loginUi: loginUi.url,
    identityServer: identityServer.url,
    replicas,
    sessionCookie: settings.session?.cookieName ?? defaultSessionCookie,
    callbackUrls: gateway.callbackUrls,
    signOut: gateway.signOutUrl,
    signedIdentity: gateway.signedIdentity,
    admissions: gateway.admissions,
    services,
  };
}

function createAccessGateway(
  name: string,
  settings: Settings & Required<Pick<AccessGatewayArgs, "replicas" | "release">>,
  opts: ComponentResourceOptions,
): AccessGateway {
  const {
    demoUpstream: _,
    loginProviders,
    namespace,
    serviceFiles: _files,
    services: _services,
    ...rest
  } = settings;
  const [first, ...others] = loginProviders;
  return new AccessGateway(
    name,
    {
      ...rest,
      loginProviders: [
        createProvider(first, settings.domain, opts),
        ...others.map((other) => createProvider(other, settings.domain, opts)),
      ],
      namespace: { ...(typeof namespace === "object" && namespace), name: namespaceName(namespace) },
    },
    opts,
  );
}

/** @returns the URL of each service, by its name */
function createServices(
  gateway: AccessGateway,
  services: Settings["services"],
  opts: ComponentResourceOptions,
): Readonly<Record<string, string>> {
  const urls = Object.entries(services).map(
    ([name, service]) => [name, new ProtectedService(name, { gateway, ...service }, opts).url] as const,
  );
  return Object.fromEntries(urls);
}

type ProviderSettings = Settings["loginProviders"][number];

function createProvider(
  settings: ProviderSettings,
  domain: string,
  opts: ComponentResourceOptions,
): LoginProvider {
  if (settings.kind === "google") return createGoogleClient(settings, domain, opts);
  const { id, ...args } = settings;
  return new OidcClient(id, args, opts);
}

function createGoogleClient(
  settings: Extract<ProviderSettings, { kind: "google" }>,
  domain: string,
  opts: ComponentResourceOptions,
): GoogleOAuthClient {
  const { id, clientId, clientSecret, secretManager, store, ...shared } = settings;
  const { hostedDomain, admit, identities, project, label, pkce } = shared;
  return new GoogleOAuthClient(
    id,
    {
      domain,
      hostedDomain,
      ...(admit && { admit }),
      ...(identities && { identities }),
      ...(project !== undefined && { project }),
      ...(label !== undefined && { label }),
      ...(pkce !== undefined && { pkce }),
      source: secretManager
        ? secretManagerSource(secretManager, clientId)
        : { kind: "existing", clientId: clientId ?? "", clientSecret, ...(store && { store }) },
    },
    opts,
  );
}

function secretManagerSource(
  { externalSecret, ...secret }: NonNullable<Extract<ProviderSettings, { kind: "google" }>["secretManager"]>,
  clientId: string | undefined,
): SecretManagerCredential {
  const known = { kind: "secretManager", ...secret, ...(clientId !== undefined && { clientId }) } as const;
  if (!externalSecret) return known;
  const { kind, name, ...refresh } = externalSecret;
  return { ...known, delivery: { kind: "externalSecret", store: { kind, name }, ...refresh } };
}
