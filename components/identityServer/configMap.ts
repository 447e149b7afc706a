import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { all, type CustomResourceOptions } from "@pulumi/pulumi";
import { claimsMapper } from "../../ory/kratos/claimsMapper";
import { kratosConfig } from "../../ory/kratos/config";
import type { LoginProvider as LoginProviderDocument } from "../../ory/kratos/loginProvider";
import { kratosMetricsConfig } from "../../ory/nginx/kratosMetrics";
import type { NonEmpty } from "../../ory/oathkeeper/patterns";
import type { IdentityServerArgs } from "../identityServer";
import type { LoginProvider } from "../oidcClient";
import { isReference } from "../shared/clientSecret";
import { labelsOf } from "../shared/labels";
import { certificateFile, kratosFile, mapperFile, metricsFile, pathOf } from "./files";

/** What every container of the identity server reads, none of it secret. */
export function createConfigMap(
  name: string,
  args: IdentityServerArgs,
  opts: CustomResourceOptions,
): ConfigMap {
  const { database, loginProviders, metricsFrom, namespace } = args;
  const mappers = loginProviders.map((one) => [mapperFile(one.providerId), claimsMapper(one)] as const);
  return new ConfigMap(
    name,
    {
      metadata: { namespace, labels: labelsOf(name, "identity-server") },
      data: {
        [kratosFile]: all(loginProviders.map(({ clientId }) => clientId)).apply((clientIds) =>
          JSON.stringify(kratosDocument(args, clientIds), null, 2),
        ),
        ...Object.fromEntries(mappers),
        ...(metricsFrom.length > 0 && { [metricsFile]: kratosMetricsConfig() }),
        ...(database.caCertificate !== undefined &&
          !isReference(database.caCertificate) && { [certificateFile]: database.caCertificate }),
      },
    },
    opts,
  );
}

function kratosDocument(args: IdentityServerArgs, clientIds: readonly string[]) {
  const { addresses, images, loginProviders, session, secondFactor, smtp } = args;
  return kratosConfig({
    release: images.release,
    domain: addresses.domain.name,
    publicUrl: addresses.identityServer.url,
    loginUiUrl: addresses.loginUi.url,
    allowedReturnUrls: [addresses.anyHost],
    sameSite: session.sameSite,
    sessionLifespan: session.lifespan,
    onePerUser: session.onePerUser,
    secondFactor,
    providers: mapNonEmpty(loginProviders, (provider, index) =>
      providerDocument(provider, clientIds[index] ?? ""),
    ),
    ...(smtp && {
      smtp: { from: smtp.from, ...(smtp.recovery !== undefined && { recovery: smtp.recovery }) },
    }),
  });
}

function providerDocument(provider: LoginProvider, clientId: string): LoginProviderDocument {
  return {
    id: provider.providerId,
    kind: provider.kind,
    label: provider.label,
    clientId,
    scopes: provider.scopes,
    mapperUrl: `file://${pathOf(mapperFile(provider.providerId))}`,
    ...(provider.issuerUrl !== undefined && { issuerUrl: provider.issuerUrl }),
    ...(provider.tenant !== undefined && { tenant: provider.tenant }),
    ...(provider.pkce !== undefined && { pkce: provider.pkce }),
  };
}

function mapNonEmpty<T, U>([first, ...rest]: NonEmpty<T>, map: (item: T, index: number) => U): NonEmpty<U> {
  return [map(first, 0), ...rest.map((item, index) => map(item, index + 1))];
}
