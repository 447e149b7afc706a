import { connectionProblems, type PoolSettings } from "../../documents/kratos/dsn";
import { sessionCookieProblems, type SameSite } from "../../documents/shared/cookies";
import { claimedGroupProblems } from "../../documents/kratos/claimedGroups";
import { externalDatabaseProblems } from "../../documents/kratos/externalDatabase";
import { loginProvidersProblems, type LoginProviderDraft } from "../../documents/kratos/loginProvider";
import { groupNameProblems, unknownGroupProblems } from "../../documents/oathkeeper/groups";
import { mailProblems } from "../../documents/kratos/mail";
import { signInLimitsProblems } from "../../documents/kratos/signInLimits";
import { sessionLifeProblems } from "../../documents/nginx/sessionCheck";
import { brandingProblems } from "../../documents/shared/branding";
import { durationProblems, type Duration } from "../../documents/shared/duration";
import { countProblems, namespaceProblems } from "../../documents/shared/kubernetesNames";
import type { Partly } from "../../documents/shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { IdentityServerArgs } from "../identityServer";
import { autoscalingProblems } from "../shared/autoscaling";
import type { Known } from "../shared/known";
import { outboundProblems } from "../shared/outbound";
import { clientsProblems } from "../shared/peerProblems";
import { routeProblems, type TlsArgs } from "../shared/route";
import { leaversProblems } from "./leavers";

/** A session's arguments; for a gateway, also how long the proxy caches a session. */
interface KnownSession {
  readonly lifespan?: Duration | undefined;
  readonly checkCache?: Duration | "off" | undefined;
  readonly sameSite?: SameSite | undefined;
  readonly cookieName?: string | undefined;
}

type KnownGroups = Readonly<Record<string, object | undefined>>;

interface KnownProviders {
  readonly loginProviders?: readonly LoginProviderDraft[] | undefined;
  /** By name; absent if not all of them are known. */
  readonly groups?: KnownGroups | undefined;
  readonly insecureDevMode?: boolean | undefined;
}

/** What is wrong with an identity server, each argument by itself and together. */
export function identityServerProblems(
  path: Path,
  args: Omit<Known<IdentityServerArgs>, "loginProviders"> & KnownProviders,
): readonly Problem[] {
  const { clients, metricsFrom, namespace, replicas, route, secretsVersion, session, smtp, tls } = args;
  return [
    ...ofKnown(namespace, (name) => namespaceProblems(path("namespace"), name)),
    ...ofKnown(args.branding, (branding) =>
      brandingProblems(path("branding"), branding, args.addresses?.domain?.name),
    ),
    ...providersProblems(path, args),
    ...ofKnown(session, (known) => sessionProblems(within(path, "session"), known, tls)),
    ...ofKnown(smtp, (known) => mailProblems(within(path, "smtp"), known)),
    ...ofKnown(args.database, (known) => externalDatabaseProblems(within(path, "database"), known)),
    ...ofKnown(args.signInLimits, (limits) => signInLimitsProblems(path("signInLimits"), limits)),
    // Whether it reaches an HTTP proxy is up to its own egress.
    ...ofKnown(args.outbound, (outbound) => outboundProblems(within(path, "outbound"), outbound, "off")),
    ...ofKnown(route, (known) => routeProblems(path, known, tls)),
    ...ofKnown(args.leavers, (known) =>
      known === "off" ? [] : leaversProblems(within(path, "leavers"), known),
    ),
    ...ofKnown(args.claimedGroups, (groups) =>
      Object.entries(groups).flatMap(([called, group]) =>
        ofKnown(group, (known) => claimedGroupProblems(within(path, `claimedGroups.${called}`), known, args)),
      ),
    ),
    ...ofKnown(replicas, (count) => [
      ...serversProblems(path("replicas"), count, args.database),
      ...ofKnown(args.autoscaling, (known) => autoscalingProblems(within(path, "autoscaling"), known, count)),
    ]),
    ...ofKnown(secretsVersion, (version) => countProblems(path("secretsVersion"), version, 2)),
    ...ofKnown(clients, (peers) => clientsProblems(path("clients"), peers)),
    ...ofKnown(metricsFrom, (peers) => clientsProblems(path("metricsFrom"), peers)),
  ];
}

/** Checks the number of pods: each has connections of its own, and the database does not say how many it allows. */
export function serversProblems(
  path: string,
  replicas: number,
  database: { readonly pool?: Partly<PoolSettings> | undefined } | undefined,
): Problem[] {
  const ofCount = countProblems(path, replicas, 2);
  if (ofCount.length > 0 || database?.pool?.maxConnections !== undefined) return ofCount;
  return connectionProblems(path, replicas);
}

export function providersProblems(
  path: Path,
  { groups, loginProviders, insecureDevMode }: KnownProviders,
): Problem[] {
  if (loginProviders === undefined) return [];
  if (loginProviders.length === 0)
    return [
      {
        path: path("loginProviders"),
        value: found(loginProviders),
        reason: "is empty, so nobody could sign in",
        fix: "Add a login provider, for example any OpenID Connect issuer by its issuerUrl.",
      },
    ];
  return [
    ...loginProvidersProblems(path("loginProviders"), loginProviders, insecureDevMode),
    ...ofKnown(groups, (known) => admittedGroupProblems(path, loginProviders, known)),
  ];
}

function admittedGroupProblems(
  path: Path,
  loginProviders: readonly LoginProviderDraft[],
  known: KnownGroups,
): Problem[] {
  return loginProviders.flatMap(({ admit }, index) => {
    const { groups = [] } = admit === undefined || admit === "closed" ? {} : admit;
    const at = path(`loginProviders[${index}].admit.groups`);
    return [
      ...groups.flatMap((called, entry) => groupNameProblems(`${at}[${entry}]`, called)),
      ...unknownGroupProblems(at, groups, Object.keys(known)),
      ...groups.flatMap((called, entry) => claimedProblems(`${at}[${entry}]`, called, known[called])),
    ];
  });
}

function claimedProblems(path: string, called: string, group: KnownGroups[string]): Problem[] {
  if (group === undefined || !("claims" in group)) return [];
  return [
    {
      path,
      value: found(called),
      reason: "is a group by claims, which cannot show later whether somebody may still sign in",
      fix: "Name domains or addresses here, and the group in access of services.",
    },
  ];
}

export function sessionProblems(
  path: Path,
  { lifespan, checkCache, sameSite, cookieName }: KnownSession,
  tls: Known<TlsArgs> | undefined,
): readonly Problem[] {
  return [
    ...ofKnown(lifespan, (length) => durationProblems(path("lifespan"), length)),
    ...ofKnown(checkCache, (life) => sessionLifeProblems(path("checkCache"), life)),
    ...sameSiteProblems(path("sameSite"), sameSite, tls),
    ...ofKnown(cookieName, (name) => sessionCookieProblems(path("cookieName"), name)),
  ];
}

/** @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#samesitesamesite-value */
function sameSiteProblems(
  path: string,
  sameSite: SameSite | undefined,
  tls: Known<TlsArgs> | undefined,
): Problem[] {
  const fix = 'Write "Lax", or leave it out.';
  const value = found(sameSite);
  if (sameSite === "Strict")
    return [
      {
        path,
        value,
        reason: "breaks every sign-in: the login provider's page leads back without the cookie",
        fix,
      },
    ];
  if (sameSite === "None" && tls === "off")
    return [{ path, value, reason: "is refused by browsers over plain http", fix }];
  return [];
}
