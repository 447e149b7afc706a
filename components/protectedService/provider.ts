import type { ComponentResourceOptions, ProviderResource } from "@pulumi/pulumi";
import type { AccessGateway } from "../accessGateway";
import type { GatewayRef } from "../gatewayRef";

const anyKind = "kubernetes:core/v1:Service";

/**
 * The options of a service whose objects belong in its gateway's cluster: the gateway's Kubernetes provider is used if
 * neither the options nor the parent name one. A reference has no provider.
 */
export function withProviderOf(
  gateway: AccessGateway | GatewayRef,
  opts: ComponentResourceOptions = {},
): ComponentResourceOptions {
  const kubernetes = "ref" in gateway ? gateway.getProvider(anyKind) : undefined;
  if (kubernetes === undefined || opts.parent?.getProvider(anyKind) !== undefined) return opts;
  const { providers = [] } = opts;
  return {
    ...opts,
    providers: isList(providers) ? [kubernetes, ...providers] : { kubernetes, ...providers },
  };
}

function isList(
  providers: NonNullable<ComponentResourceOptions["providers"]>,
): providers is ProviderResource[] {
  return Array.isArray(providers);
}
