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
import { ofKnown, within, type Problem } from "../../documents/shared/problem";
import { googleProblems } from "./google";
import { key } from "./report";
import { gatewaySchema, type Plain } from "./schema/gateway";
import type { ServicesSettings } from "./schema/team";

type Given = Readonly<Record<string, unknown>>;

/** What is wrong with a gateway's stack, besides its form and its secrets. */
export function gatewayStackProblems(
  given: Given,
  known: Partly<Plain>,
  secrets: Readonly<Record<string, string>>,
): Problem[] {
  return [
    ...gatewayProblems(key, known),
    ...googleProblems(known, secrets),
    ...servicesProblems(within(key, "services"), known.services ?? {}, refOf(given, known)),
  ];
}

/** The same for a team's stack. Of the gateway nothing is known until its output is read. */
export function servicesStackProblems(
  { namespace, services = {} }: Partly<ServicesSettings>,
  gateway: KnownGatewayRef = {},
): readonly Problem[] {
  return [
    ...ofKnown(namespace, (name) => ownNamespaceProblems(key, name, gateway)),
    ...servicesProblems(within(key, "services"), services, gateway),
  ];
}

/** Told of every service, whatever else of it cannot be read. */
export function serviceNamesProblems({ services }: Given): Problem[] {
  if (typeof services !== "object" || services === null) return [];
  return Object.keys(services).flatMap((name) => protectedNameProblems(key(`services.${name}`), name));
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
