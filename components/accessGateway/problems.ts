import { unprotectedHostProblems } from "../../documents/admission/hosts";
import { durationProblems } from "../../documents/shared/duration";
import { connectionProblems } from "../../documents/kratos/dsn";
import { callbackUrl, loginProviderProblems } from "../../documents/kratos/loginProvider";
import { signInLimitsProblems } from "../../documents/kratos/signInLimits";
import { sessionLifeProblems } from "../../documents/nginx/sessionCheck";
import { domainProblems, parseDomain } from "../../documents/oathkeeper/hosts";
import { issuerProblems } from "../../documents/oathkeeper/machines";
import { found, type Problem } from "../../documents/shared/problem";
import type { AccessGatewayArgs } from "../accessGateway";
import type { LoginProvider } from "../oidcClient";
import { databaseProblems } from "../postgres";
import { addressesOf } from "../shared/addresses";
import { egressProblems } from "../shared/egressProblems";
import { overrideProblems } from "../shared/images";
import { routeProblems } from "../shared/route";

/** What is wrong with a gateway's arguments, each by itself and together. */
export function gatewayProblems(args: AccessGatewayArgs): Problem[] {
  const { lifespan, checkCache } = args.session ?? {};
  return [
    ...domainProblems("domain", args.domain),
    ...routeProblems("route", args.route, args.tls),
    ...replicasProblems(args.replicas),
    ...connectionProblems("replicas", args.replicas ?? 2),
    ...overrideProblems("images", args.images ?? {}),
    ...signInLimitsProblems("signInLimits", args.signInLimits ?? {}),
    ...monitoringProblems(args),
    ...providerProblems(args),
    ...egressProblems("egress", args.egress),
    ...redirectProblems(args),
    ...(domainProblems("domain", args.domain).length > 0
      ? []
      : unprotectedHostProblems("unprotectedHosts", parseDomain(args.domain), args.unprotectedHosts ?? [])),
    ...(args.database ? databaseProblems("database", args.database) : []),
    ...(args.serviceAccountIssuer === undefined
      ? []
      : issuerProblems("serviceAccountIssuer", args.serviceAccountIssuer)),
    ...(lifespan === undefined ? [] : durationProblems("session.lifespan", lifespan)),
    ...(checkCache === undefined ? [] : sessionLifeProblems("session.checkCache", checkCache)),
  ];
}

function monitoringProblems({ metricsFrom = [], monitoring }: AccessGatewayArgs): Problem[] {
  if (!monitoring?.serviceMonitors || metricsFrom.length > 0) return [];
  return [
    {
      path: "metricsFrom",
      value: found(metricsFrom.length),
      reason: "names nobody, so that monitoring.serviceMonitors would find closed ports",
      fix: "Name the scraper's pods.",
    },
  ];
}

function replicasProblems(replicas: number | undefined): Problem[] {
  if (replicas === undefined || (Number.isInteger(replicas) && replicas > 0)) return [];
  return [
    {
      path: "replicas",
      value: found(replicas),
      reason: "is not a whole number above 0",
      fix: "Write for example 2.",
    },
  ];
}

/** A provider that knows its redirect URI was registered for one gateway. */
function redirectProblems({ domain, loginProviders, tls }: AccessGatewayArgs): Problem[] {
  if (domainProblems("domain", domain).length > 0) return [];
  const { url } = addressesOf(domain, tls).identityServer;
  return loginProviders.flatMap(({ providerId: id, pkce, redirectUri }, index) => {
    const actual = callbackUrl(url, { id, pkce });
    if (redirectUri === undefined || redirectUri === actual) return [];
    return [
      {
        path: `loginProviders[${index}].redirectUri`,
        value: found(redirectUri),
        reason: `is not this gateway's, ${actual}`,
        fix: "Give both the same domain, and turn TLS on.",
      },
    ];
  });
}

function providerProblems({ loginProviders, insecureDevMode }: AccessGatewayArgs): Problem[] {
  const providers: readonly LoginProvider[] = loginProviders;
  if (providers.length === 0)
    return [
      {
        path: "loginProviders",
        value: found(providers.length),
        reason: "is empty, so that nobody could sign in",
        fix: "Add a login provider, for example an OidcClient.",
      },
    ];
  return loginProviderProblems(
    "loginProviders",
    providers.map((provider) => ({ ...provider, id: provider.providerId })),
    insecureDevMode,
  );
}
