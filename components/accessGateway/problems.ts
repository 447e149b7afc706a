import { unprotectedHostProblems } from "../../documents/admission/hosts";
import { callbackUrl, type LoginProviderSpec } from "../../documents/kratos/loginProvider";
import { mailProblems } from "../../documents/kratos/mail";
import { signInLimitsProblems } from "../../documents/kratos/signInLimits";
import { groupsProblems } from "../../documents/oathkeeper/groups";
import {
  domainPortProblems,
  domainProblems,
  parseDomain,
  type Domain,
} from "../../documents/oathkeeper/hosts";
import { issuerProblems } from "../../documents/oathkeeper/bearerTokens";
import { brandingProblems } from "../../documents/shared/branding";
import { countProblems, labelsProblems, objectNameProblems } from "../../documents/shared/kubernetesNames";
import type { Partly } from "../../documents/shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { DatabaseArgs, PostgresPart } from "../postgres";
import { databaseProblems, serverImageProblems } from "../database/problems";
import { providersProblems, serversProblems, sessionProblems } from "../identityServer/problems";
import { leaversProblems } from "../identityServer/leavers";
import { loginUiProblems, skipLoginPageProblems } from "../loginUi/choice";
import { addressesOf } from "../shared/addresses";
import { autoscalingProblems } from "../shared/autoscaling";
import { egressProblems } from "../shared/egressProblems";
import { registryProblems } from "../shared/imageReference";
import { overrideProblems } from "../shared/images";
import type { Known } from "../shared/known";
import { outboundProblems } from "../shared/outbound";
import { longestNames, ownNameProblems } from "../shared/ownName";
import { clientsProblems } from "../shared/peerProblems";
import { routeProblems } from "../shared/route";
import { tracingProblems } from "../shared/tracing";
import type { AccessGatewayArgs } from "./args";
import { gatewayDefaults } from "./defaults";
import { gatewayNamespaceProblems } from "./namespace";
import { upstreamsProblems } from "../accessProxy/upstreamsProblems";

/** A login provider, and the redirect URI that it was registered with where that is known. */
export type KnownProvider = Partly<LoginProviderSpec> & { readonly redirectUri?: string | undefined };

/** A gateway's arguments as far as they are known, from a program or from a stack's file. */
export type KnownGateway = Omit<Known<AccessGatewayArgs>, "loginProviders" | "namespace"> & {
  readonly loginProviders?: readonly KnownProvider[] | undefined;
  /** A stack's file may give only its name. */
  readonly namespace?: string | Known<AccessGatewayArgs>["namespace"];
};

/** Checks the name of a gateway: its objects' names begin with it. */
export function gatewayNameProblems(path: string, name: string): Problem[] {
  return ownNameProblems(path, name, longestNames.gateway);
}

/** What is wrong with a gateway, each argument by itself and together. */
export function gatewayProblems(path: Path, args: KnownGateway): Problem[] {
  const { domain, tls } = args;
  const ofDomain = ofKnown(domain, (known) => domainProblems(path("domain"), known));
  const zone = domain === undefined || ofDomain.length > 0 ? undefined : parseDomain(domain);
  const ofZone = (problems: (zone: Domain) => readonly Problem[]) => ofKnown(zone, problems);
  return [
    ...ofDomain,
    ...ofZone((known) => ofKnown(tls, () => portProblems(path, known, tls))),
    ...ofKnown(args.namespace, (namespace) => gatewayNamespaceProblems(path, namespace)),
    ...ofKnown(args.route, (route) => routeProblems(path, route, tls)),
    ...tlsProblems(path, tls),
    ...countsProblems(path, args),
    ...ofKnown(args.images, (images) => imagesProblems(path, images, args.database)),
    ...loginUiProblems(path, args.loginUi, args.images),
    ...skipLoginPageProblems(
      path("skipLoginPage"),
      args.skipLoginPage,
      args.loginUi,
      args.loginProviders?.length ?? 1,
    ),
    ...ofKnown(args.branding, (branding) => brandingProblems(path("branding"), branding, zone?.name)),
    ...ofKnown(args.signInLimits, (limits) => signInLimitsProblems(path("signInLimits"), limits)),
    ...metricsProblems(path, args),
    ...providersProblems(path, args),
    ...egressProblems(path("egress"), args.egress),
    ...ofZone(() => redirectProblems(path, args)),
    ...ofZone((known) =>
      ofKnown(args.unprotectedHosts, (hosts) =>
        unprotectedHostProblems(path("unprotectedHosts"), known, hosts),
      ),
    ),
    ...ofKnown(args.database, (database) => databaseProblems(within(path, "database"), database)),
    ...ofKnown(args.smtp, (smtp) => mailProblems(within(path, "smtp"), smtp)),
    ...ofKnown(args.serviceAccountIssuer, (issuer) => issuerProblems(path("serviceAccountIssuer"), issuer)),
    ...ofKnown(args.leavers, (leavers) =>
      leavers === "off" ? [] : leaversProblems(within(path, "leavers"), leavers),
    ),
    ...ofKnown(args.session, (session) => sessionProblems(within(path, "session"), session, tls)),
    ...ofKnown(args.upstreams, (upstreams) => upstreamsProblems(within(path, "upstreams"), upstreams)),
    ...ofKnown(args.groups, (groups) => groupsProblems(within(path, "groups"), groups, args)),
    ...ofKnown(args.tracing, (tracing) => tracingProblems(within(path, "tracing"), tracing)),
    ...ofKnown(args.outbound, (outbound) =>
      outboundProblems(within(path, "outbound"), outbound, args.egress),
    ),
    ...devModeProblems(path, args),
    ...databasePatchProblems(within(path, "patches"), args),
  ];
}

function portProblems(path: Path, zone: Domain, tls: KnownGateway["tls"]): Problem[] {
  return domainPortProblems(path("domain"), zone, tls === "off" ? "http" : "https");
}

function tlsProblems(path: Path, tls: KnownGateway["tls"]): readonly Problem[] {
  if (typeof tls !== "object") return [];
  if ("secretName" in tls)
    return ofKnown(tls.secretName, (name) => objectNameProblems(path("tls.secretName"), name, "a Secret"));
  const issuer = "issuer" in tls ? tls.issuer?.name : undefined;
  return ofKnown(issuer, (name) => objectNameProblems(path("tls.issuer.name"), name, "an issuer"));
}

function countsProblems(
  path: Path,
  { autoscaling, database, replicas = gatewayDefaults.replicas, secretsVersion }: KnownGateway,
): readonly Problem[] {
  const external = database?.kind === "external" ? database : undefined;
  return [
    ...serversProblems(path("replicas"), replicas, external),
    ...ofKnown(autoscaling, (known) => [
      ...autoscalingProblems(within(path, "autoscaling"), known, replicas),
      ...ofKnown(known.max, (most) =>
        most > replicas ? serversProblems(path("autoscaling.max"), most, external) : [],
      ),
    ]),
    ...ofKnown(secretsVersion, (version) => countProblems(path("secretsVersion"), version, 2)),
  ];
}

function imagesProblems(
  path: Path,
  images: NonNullable<KnownGateway["images"]>,
  database: KnownGateway["database"] = gatewayDefaults.database,
): readonly Problem[] {
  const { pullSecrets = [] } = images;
  const server = database.kind === "inCluster" ? images.override?.postgres : undefined;
  return [
    ...ofKnown(server, (reference) => serverImageProblems(path("images.override.postgres"), reference)),
    ...ofKnown(images.registry, (registry) => registryProblems(path("images.registry"), registry)),
    ...overrideProblems(path("images"), images),
    ...pullSecrets.flatMap((name, index) =>
      objectNameProblems(path(`images.pullSecrets[${index}]`), name, "a Secret"),
    ),
  ];
}

function metricsProblems(path: Path, { metricsFrom = [], monitoring }: KnownGateway): readonly Problem[] {
  const { alerts = false, serviceMonitors = false } = monitoring ?? {};
  const closed: Problem = {
    path: path("metricsFrom"),
    value: found(metricsFrom),
    reason: `names nobody, so ${serviceMonitors ? "monitoring.serviceMonitors would find closed ports" : "monitoring.alerts would report every part as down"}`,
    fix: "Name the scraper's pods.",
  };
  return [
    ...((serviceMonitors || alerts) && metricsFrom.length === 0 ? [closed] : []),
    ...clientsProblems(path("metricsFrom"), metricsFrom),
    ...ofKnown(monitoring?.labels, (labels) => labelsProblems(path("monitoring.labels"), labels)),
  ];
}

/** A provider that knows its redirect URI was registered for one gateway. */
function redirectProblems(path: Path, { domain, loginProviders = [], tls }: KnownGateway): Problem[] {
  if (domain === undefined || tls === undefined) return [];
  const { url } = addressesOf(domain, tls === "off" ? tls : "external").identityServer;
  return loginProviders.flatMap(({ id, pkce, redirectUri }, index) => {
    if (id === undefined || redirectUri === undefined) return [];
    const actual = callbackUrl(url, { id, pkce });
    if (redirectUri === actual) return [];
    return [
      {
        path: path(`loginProviders[${index}].redirectUri`),
        value: found(redirectUri),
        reason: `is not this gateway's, ${actual}`,
        fix: "Give both the same domain, and turn TLS on.",
      },
    ];
  });
}

function devModeProblems(path: Path, { insecureDevMode, tls }: KnownGateway): Problem[] {
  if (!insecureDevMode || tls === undefined || tls === "off") return [];
  return [
    {
      path: path("insecureDevMode"),
      value: found(insecureDevMode),
      reason: "sends cookies over plain http, but tls is on",
      fix: `Remove it, or set ${path("tls")} to "off".`,
    },
  ];
}

/** Parts that only a database of one kind has. */
const databaseParts: Readonly<Record<PostgresPart, DatabaseArgs["kind"]>> = {
  postgres: "inCluster",
  postgresBackup: "inCluster",
  postgresRestore: "inCluster",
  postgresCluster: "cloudNativePg",
};

function databasePatchProblems(path: Path, { database, patches = {} }: KnownGateway): Problem[] {
  const kind = database?.kind;
  if (kind === undefined) return [];
  return Object.entries(databaseParts).flatMap(([part, itsKind]) => {
    const patch = patches[part as PostgresPart];
    if (patch === undefined || kind === itsKind) return [];
    return [
      {
        path: path(part),
        value: "a change",
        reason: `has nothing to change: only a database of kind ${itsKind} has this part`,
        fix: kind === "cloudNativePg" ? "Patch postgresCluster, or leave it out." : "Leave it out.",
      },
    ];
  });
}
