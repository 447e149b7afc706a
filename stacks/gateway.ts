import { AccessGateway } from "../components/accessGateway";
import type { GatewayRef } from "../components/gatewayRef";
import { OidcClient } from "../components/oidcClient";
import { ProtectedService } from "../components/protectedService";
import { resolveImages } from "../components/shared/images";
import { demoUpstream } from "./demoUpstream";
import type { Settings } from "./settings";

/** What `pulumi stack output` shows of a gateway. */
export interface GatewayOutputs {
  /** For stacks whose services this gateway protects. */
  readonly gateway: GatewayRef;
  readonly namespace: string;
  readonly loginUi: string;
  readonly identityServer: string;
  /** Pods of the proxy. */
  readonly replicas: number;
  /** The redirect URI to register at each login provider. */
  readonly callbackUrls: Readonly<Record<string, string>>;
  /** URL of each protected service. */
  readonly services: Readonly<Record<string, string>>;
}

/** The platform: one gateway and the services that this stack protects. */
export function gateway(settings: Settings): GatewayOutputs {
  const { demoUpstream: withDemo, loginProviders, namespace, services, ...rest } = settings;
  const [first, ...others] = loginProviders;
  const { replicas = 2, release = "v26.2" } = settings;
  const access = new AccessGateway("portcullis", {
    ...rest,
    loginProviders: [provider(first), ...others.map(provider)],
    namespace: { name: namespace, create: true },
    replicas,
    release,
  });
  const upstreams = withDemo ? demoUpstream(resolveImages(release, settings.images)) : [];
  const urls = Object.entries(services).map(([name, service]) => {
    const { url } = new ProtectedService(name, { gateway: access, ...service }, { dependsOn: upstreams });
    return [name, url] as const;
  });

  const { loginUi, identityServer } = access.addresses;
  return {
    gateway: access.ref,
    namespace,
    loginUi: loginUi.url,
    identityServer: identityServer.url,
    replicas,
    callbackUrls: access.callbackUrls,
    services: Object.fromEntries(urls),
  };
}

function provider({ id, ...args }: Settings["loginProviders"][number]): OidcClient {
  return new OidcClient(id, args);
}
