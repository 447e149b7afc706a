import type { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { all, type ComponentResource } from "@pulumi/pulumi";
import { browserEndpoints } from "../../documents/kratos/browserEndpoints";
import { withMembers } from "../../documents/kratos/admit";
import { groupsOfProvider } from "../../documents/kratos/claimedGroups";
import { claimsMapper, mapperSizeProblems } from "../../documents/kratos/claimsMapper";
import { kratosConfig } from "../../documents/kratos/config";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { errorLogScript } from "../../documents/nginx/errorLog";
import { frontFiles, kratosFrontConfig } from "../../documents/nginx/kratosFront";
import { nonEmpty } from "../../documents/shared/nonEmpty";
import { argument } from "../../documents/shared/problem";
import type { IdentityServerArgs } from "../identityServer";
import { isReference } from "../shared/clientSecret";
import { refuse } from "../shared/errors";
import { createImmutableConfigMap } from "../shared/immutable";
import { script } from "../shared/scripts";
import { labelsOf } from "../shared/labels";
import { adminRoles } from "./admins";
import {
  authoritiesFile,
  certificateFile,
  configFolder,
  frontFile,
  kratosFile,
  mapperFile,
  pathOf,
} from "./files";

/** What every container of the identity server reads, none of it secret. */
export function createConfigMap(
  name: string,
  args: IdentityServerArgs,
  opts: { readonly parent: ComponentResource },
): ConfigMap {
  const { addresses, branding = {}, database, groups = {}, loginProviders, namespace, outbound } = args;
  const mappers = loginProviders.map(({ spec }, index) => {
    const program = all(groups).apply((members) => {
      const admit = withMembers(spec.admit, members);
      const path = argument(`loginProviders[${index}].admit`);
      const ofProvider = groupsOfProvider(args.claimedGroups ?? {}, spec.id);
      refuse(opts.parent, `IdentityServer "${name}"`, mapperSizeProblems(path, admit, ofProvider));
      return claimsMapper({ ...spec, admit, groups: ofProvider });
    });
    return [mapperFile(spec.id), program] as const;
  });
  return createImmutableConfigMap(
    name,
    {
      metadata: { namespace, labels: labelsOf(name, "identity-server") },
      data: {
        [kratosFile]: all(loginProviders.map(({ clientId }) => clientId)).apply((clientIds) =>
          JSON.stringify(kratosDocument(args, clientIds), null, 2),
        ),
        ...Object.fromEntries(mappers),
        [frontFile]: frontDocument(args),
        ...frontFiles(addresses.loginUi.url, branding),
        [errorLogScript]: script(errorLogScript),
        ...(database.caCertificate !== undefined &&
          !isReference(database.caCertificate) && { [certificateFile]: database.caCertificate }),
        ...(outbound?.authorities &&
          "pem" in outbound.authorities && { [authoritiesFile]: outbound.authorities.pem }),
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
    ...(args.signedOutUrl !== undefined && { signedOutUrl: args.signedOutUrl }),
    allowedReturnUrls: addresses.returnUrls,
    sameSite: session.sameSite,
    sessionCookie: session.cookieName ?? defaultSessionCookie,
    sessionLifespan: session.lifespan,
    onePerUser: session.onePerUser,
    secondFactor,
    adminListener: adminRoles(args).length > 0 ? "pod" : "loopback",
    providers: nonEmpty(
      loginProviders.map(({ spec }, index) => ({
        ...spec,
        clientId: clientIds[index] ?? "",
        mapperUrl: `file://${pathOf(mapperFile(spec.id))}`,
      })),
    ),
    ...(args.tracing && { tracing: args.tracing }),
    ...(smtp && {
      smtp: { from: smtp.from, ...(smtp.recovery !== undefined && { recovery: smtp.recovery }) },
    }),
  });
}

function frontDocument(args: IdentityServerArgs): string {
  const {
    addresses,
    branding = {},
    loginProviders,
    metricsFrom,
    secondFactor,
    session,
    signInLimits,
    smtp,
  } = args;
  return kratosFrontConfig({
    branding,
    publicUrl: addresses.identityServer.url,
    loginUiUrl: addresses.loginUi.url,
    endpoints: browserEndpoints({
      providerIds: loginProviders.map(({ spec }) => spec.id),
      secondFactor: secondFactor !== "off",
      recovery: smtp?.recovery ?? false,
      verification: smtp !== undefined,
    }),
    limits: signInLimits,
    sessionCookie: session.cookieName ?? defaultSessionCookie,
    folder: configFolder,
    metrics: metricsFrom.length > 0,
  });
}
