import type { z } from "zod";
import { backupProblems } from "../../components/database/backupProblems";
import { addressesOf } from "../../components/shared/addresses";
import { reachesClusterOnly } from "../../components/shared/egress";
import { clientIdProblems, clientSecretProblems, redirectUriProblems } from "../../documents/google/client";
import { storeProblems } from "../../documents/google/credentialStore";
import { unprotectedHostProblems } from "../../documents/admission/hosts";
import { callbackUrl, loginProviderProblems, type ProviderClaim } from "../../documents/kratos/loginProvider";
import { domainProblems, hostProblems, parseDomain } from "../../documents/oathkeeper/hosts";
import { gatewayMachinesProblems, issuerProblems } from "../../documents/oathkeeper/machines";
import { outsideProblems } from "../../documents/oathkeeper/outside";
import { visitorProblems } from "../../documents/oathkeeper/rules";
import { upstreamProblems } from "../../documents/oathkeeper/upstream";
import { found, type Problem } from "../../documents/shared/problem";
import { key } from "./report";
import { loginProvider, type database, type google, type Plain } from "./schema";
import { CLIENT_SECRET } from "./secrets";

export function serviceAccountProblems({
  serviceAccountIssuer: issuer,
  services = {},
}: Partial<Plain>): Problem[] {
  return [
    ...(issuer === undefined ? [] : issuerProblems(key("serviceAccountIssuer"), issuer)),
    ...Object.entries(services).flatMap(([name, { machines }]) =>
      gatewayMachinesProblems(`${key("services")}.${name}.machines`, machines, issuer),
    ),
  ];
}

export function backupsProblems(given: z.infer<typeof database>): Problem[] {
  if (given.kind !== "inCluster" || given.backup === undefined || given.backup === "off") return [];
  return backupProblems(key("database.backup"), given.backup);
}

/** The settings of the right form: what they say is checked too, so that one report has all mistakes. */
export function readableFields<Shape extends Fields>(
  schema: z.ZodObject<Shape>,
  given: Readonly<Record<string, unknown>>,
): Partial<z.infer<z.ZodObject<Shape>>> {
  return Object.fromEntries(
    Object.entries<z.ZodType>(schema.shape).flatMap(([name, field]) => {
      const { success, data } = field.safeParse(given[name]);
      return success ? [[name, data] as const] : [];
    }),
  ) as Partial<z.infer<z.ZodObject<Shape>>>;
}

export type Fields = Readonly<Record<string, z.ZodType>>;
export function domainAndServiceProblems({
  domain,
  services = {},
}: Partial<Pick<Plain, "domain" | "services">>): Problem[] {
  const ofDomain = domain === undefined ? [] : domainProblems(key("domain"), domain);
  const ofServices = Object.entries(services).flatMap(([name, service]) => {
    const path = (property: string) => `${key("services")}.${name}.${property}`;
    const { upstream } = service;
    return [
      ...("url" in upstream ? upstreamProblems(path("upstream.url"), upstream.url) : []),
      ...visitorProblems(path, service),
    ];
  });
  if (domain === undefined || ofDomain.length > 0) return [...ofDomain, ...ofServices];
  const zone = parseDomain(domain);
  const hosts = Object.entries(services).flatMap(([name, service]) => {
    const path = `${key("services")}.${name}`;
    if (!service.hosts) return [{ path, host: `${name}.${zone.name}` }];
    return service.hosts.map((host, index) => ({ path: `${path}.hosts[${index}]`, host }));
  });
  return [...hostProblems(zone, hosts), ...ofServices];
}

export function routeAdmissionProblems({ domain, unprotectedHosts = [] }: Partial<Plain>): Problem[] {
  const path = key("unprotectedHosts");
  if (domain === undefined || domainProblems("domain", domain).length > 0) return [];
  return unprotectedHostProblems(path, parseDomain(domain), unprotectedHosts);
}

/** What the proxy is asked to connect to, and may not. */
export function unreachedProblems({ egress, services = {} }: Partial<Plain>): Problem[] {
  if (!reachesClusterOnly(egress)) return [];
  return Object.entries(services).flatMap(([name, service]) =>
    outsideProblems((property) => `${key("services")}.${name}.${property}`, service),
  );
}

type ReadableProvider = Partial<ProviderClaim & z.infer<typeof google>>;

/** Every provider is checked as far as it can be read, so that one mistake in its form hides no other. */
export function providerProblems(
  given: unknown,
  { domain, tls, insecureDevMode }: Partial<Plain>,
  secrets: Readonly<Record<string, string>>,
): Problem[] {
  const path = key("loginProviders");
  const providers = (Array.isArray(given) ? given : []).map(readableProvider);
  const serverUrl =
    domain === undefined || tls === undefined || domainProblems("domain", domain).length > 0
      ? undefined
      : addressesOf(domain, tls).identityServer.url;
  return [
    ...loginProviderProblems(
      path,
      providers.map((provider) => ({ id: "", kind: "generic", admit: "closed", ...provider })),
      insecureDevMode,
    ),
    ...providers.flatMap((provider, index) =>
      provider.kind === "google" ? googleProblems(`${path}[${index}]`, provider, secrets, serverUrl) : [],
    ),
  ];
}

function readableProvider(entry: unknown): ReadableProvider {
  if (typeof entry !== "object" || entry === null) return {};
  const given = { kind: "generic", ...entry };
  const option = loginProvider.options.find(({ shape }) => shape.kind.safeParse(given.kind).success);
  return { ...given, ...(option && readableFields<Fields>(option, given)) } as ReadableProvider;
}

/** What Google asks for, and would say only at the first sign-in. */
function googleProblems(
  path: string,
  { id = "", clientId, clientSecret, pkce, secretManager, store }: ReadableProvider,
  secrets: Readonly<Record<string, string>>,
  serverUrl: string | undefined,
): Problem[] {
  const isInFile = secretManager && secretManager.payload !== "secretOnly" && !secretManager.externalSecret;
  const secretKey = `${CLIENT_SECRET}${id}`;
  const givenSecret = (clientSecret ?? secretManager) ? undefined : secrets[secretKey];
  const both: Problem = {
    path: `${path}.clientSecret`,
    value: "an object",
    reason: "names a Secret, but secretManager is where the secret is",
    fix: "Remove one of the two.",
  };
  const kept: Problem = {
    path: `${path}.store`,
    value: "an object",
    reason: "would keep what secretManager has already",
    fix: "Remove one of the two.",
  };
  return [
    ...(clientId === undefined && isInFile ? [] : clientIdProblems(`${path}.clientId`, clientId)),
    ...(clientSecret && secretManager ? [both] : []),
    ...(store && secretManager ? [kept] : []),
    ...(store ? storeProblems(`${path}.store`, store, clientSecret !== undefined) : []),
    // One that is not there is reported as missing.
    ...(givenSecret ? clientSecretProblems(key(secretKey), givenSecret) : []),
    ...(serverUrl === undefined ? [] : redirectUriProblems(path, callbackUrl(serverUrl, { id, pkce }))),
  ];
}

/** Without what is said of a place whose form is wrong already. */
export function withoutRepeats(earlier: readonly Problem[], problems: readonly Problem[]): Problem[] {
  return problems.filter(({ path }) => earlier.every((problem) => problem.path !== path));
}

export function contradictions({ insecureDevMode, tls }: Partial<Plain>): Problem[] {
  if (!insecureDevMode || tls === undefined || tls === "off") return [];
  return [
    {
      path: key("insecureDevMode"),
      value: found(insecureDevMode),
      reason: "sends cookies over plain http, but tls is on",
      fix: `Remove it, or set ${key("tls")} to "off".`,
    },
  ];
}
