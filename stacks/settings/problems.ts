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
import { ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { googleProblems } from "./google";
import type { SettingsSource } from "./report";
import { gatewaySchema, type Plain } from "./schema/gateway";
import type { GivenSecrets } from "./secrets";
import type { ServicesSettings } from "./schema/team";

type Given = Readonly<Record<string, unknown>>;

/** What is wrong with a gateway's stack, besides its form and its secrets. */
export function gatewayStackProblems(
  source: SettingsSource,
  given: Given,
  known: Partly<Plain>,
  secrets: GivenSecrets,
): Problem[] {
  const { path } = source;
  return [
    ...gatewayProblems(path, known),
    ...googleProblems(source, known, secrets),
    ...servicesProblems(within(path, "services"), known.services ?? {}, refOf(given, known)),
  ];
}

/** The same for a team's stack. Of the gateway nothing is known until its output is read. */
export function servicesStackProblems(
  path: Path,
  { namespace, services = {} }: Partly<ServicesSettings>,
  gateway: KnownGatewayRef = {},
): readonly Problem[] {
  return [
    ...ofKnown(namespace, (name) => ownNamespaceProblems(path, name, gateway)),
    ...servicesProblems(within(path, "services"), services, gateway),
  ];
}

/** Told of every service, whatever else of it cannot be read. */
export function serviceNamesProblems(path: Path, { services }: Given): Problem[] {
  if (typeof services !== "object" || services === null) return [];
  return Object.keys(services).flatMap((name) => protectedNameProblems(path(`services.${name}`), name));
}

/** What the services are compared with. What was written and cannot be read is not known; what was not is settled. */
function refOf(
  given: Given,
  { domain, egress, route, serviceAccountIssuer, tls }: Partly<Plain>,
): KnownGatewayRef {
  const isEgressRead = gatewaySchema.shape.egress.safeParse(given["egress"]).success;
  return {
    domain,
    route,
    tls,
    serviceAccountIssuer: given["serviceAccountIssuer"] === undefined ? noIssuer : serviceAccountIssuer,
    clusterOnly: isEgressRead && reachesClusterOnly(egress as EgressArgs | "off" | undefined),
  };
}
