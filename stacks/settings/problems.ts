import { grantedMeans, type UpstreamsArgs } from "../../components/accessProxy/upstreams";
import { namespaceName } from "../../components/accessGateway/defaults";
import { gatewayProblems } from "../../components/accessGateway/problems";
import {
  noIssuer,
  ownNamespaceProblems,
  protectedNameProblems,
  servicesProblems,
  type KnownGatewayRef,
} from "../../components/protectedService/problems";
import { reachesClusterOnly, type EgressArgs } from "../../components/shared/egress";
import type { Partly } from "../../documents/shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { googleProblems } from "./google";
import type { SettingsSource } from "./report";
import type { Plain } from "./schema/gateway";
import { servicesForm } from "./schema/service";
import type { GivenSecrets } from "./secrets";
import type { ServicesSettings } from "./schema/team";

/**
 * What is wrong with a gateway's stack, besides its form and its secrets.
 *
 * @param unread settings of which a part has the wrong form
 */
export function gatewayStackProblems(
  source: SettingsSource,
  known: Partly<Plain>,
  secrets: GivenSecrets,
  unread: ReadonlySet<PropertyKey>,
): Problem[] {
  const { path } = source;
  const { groups = {} } = known;
  return [
    ...gatewayProblems(path, unread.has("groups") ? known : { ...known, groups }),
    ...googleProblems(source, known, secrets),
    ...servicesProblems(within(path, "services"), known.services ?? {}, refOf(known, unread)),
  ];
}

/** The same for a team's stack. Nothing is known about the gateway until its output is read. */
export function servicesStackProblems(
  path: Path,
  { namespace, services = {} }: Partly<ServicesSettings>,
  gateway: KnownGatewayRef = {},
): readonly Problem[] {
  const haveRoutes = Object.values(services).some((service) => service?.route !== "none");
  return [
    ...ofKnown(namespace, (name) => ownNamespaceProblems(path, name, gateway, haveRoutes)),
    ...servicesProblems(within(path, "services"), services, gateway),
  ];
}

/** A team's stack exists for its services. */
export function noServicesProblems(
  path: Path,
  { serviceFiles, services }: Readonly<Record<string, unknown>>,
): Problem[] {
  if ((serviceFiles ?? services) !== undefined) return [];
  const fix = `Write ${servicesForm}, or name a folder of files in serviceFiles.`;
  return [{ path: path("services"), value: found(undefined), reason: "is missing", fix }];
}

/** Reports on every service, whatever else of it cannot be read. */
export function serviceNamesProblems(path: Path, { services }: Readonly<Record<string, unknown>>): Problem[] {
  if (typeof services !== "object" || services === null) return [];
  return Object.keys(services).flatMap((name) => protectedNameProblems(path(`services.${name}`), name));
}

/** What the services are compared with. Settings that cannot be read are unknown; those left out are known. */
function refOf(
  { domain, egress, groups, namespace, route, serviceAccountIssuer, tls, upstreams }: Partly<Plain>,
  unread: ReadonlySet<PropertyKey>,
): KnownGatewayRef {
  return {
    domain,
    ...(!unread.has("namespace") && { namespace: namespaceName(namespace) }),
    route,
    tls,
    serviceAccountIssuer: unread.has("serviceAccountIssuer") ? undefined : (serviceAccountIssuer ?? noIssuer),
    ...(!unread.has("upstreams") && { upstreams: grantedMeans(upstreams as UpstreamsArgs | undefined) }),
    ...(!unread.has("groups") && { groups: Object.keys(groups ?? {}) }),
    clusterOnly: !unread.has("egress") && reachesClusterOnly(egress as EgressArgs | "off" | undefined),
  };
}
