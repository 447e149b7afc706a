import { grantProblems, upstreamOptionsProblems } from "../../documents/rules/upstreamOptions";
import { upstreamProblems } from "../../documents/oathkeeper/upstream";
import {
  labelsProblems,
  namespaceProblems,
  portProblems,
  serviceNameProblems,
} from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { Known } from "../shared/known";
import type { KnownGatewayRef, KnownService } from "./problems";
import { schemeOf, urlOf, type NamedUpstream } from "./upstream";

type KnownUpstream = NonNullable<KnownService["upstream"]>;

/** What is wrong with a service's upstream: its address, and how the proxy connects to it. */
export function serviceUpstreamProblems(
  path: Path,
  upstream: KnownUpstream,
  service: KnownService,
  gateway: KnownGatewayRef,
): readonly Problem[] {
  return [...addressProblems(path, upstream), ...optionsProblems(path, upstream, service, gateway)];
}

function addressProblems(path: Path, upstream: KnownUpstream): readonly Problem[] {
  if ("url" in upstream) return ofKnown(upstream.url, (url) => upstreamProblems(path("upstream.url"), url));
  if ("service" in upstream) return [];
  return namedUpstreamProblems(within(path, "upstream"), upstream as Known<NamedUpstream>);
}

function optionsProblems(
  path: Path,
  upstream: KnownUpstream,
  { identity, namespace }: KnownService,
  { namespace: ofGateway, upstreams }: KnownGatewayRef,
): Problem[] {
  const at = within(path, "upstream");
  // What is in the gateway's namespace may use all that the gateway has.
  const ofTeam = ofGateway === undefined || namespace === ofGateway ? undefined : namespace;
  const isSigned = identity === "signedJwt";
  return [
    ...upstreamOptionsProblems(at, upstream, schemeOf(upstream)),
    ...ofKnown(upstreams, (granted) => grantProblems(at, upstream, granted, { namespace: ofTeam, isSigned })),
  ];
}

function namedUpstreamProblems(path: Path, upstream: Known<NamedUpstream>): readonly Problem[] {
  const { namespace, name, port, pods, targetPort } = upstream;
  const ofParts = [
    ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
    ...ofKnown(name, (known) => serviceNameProblems(path("name"), known)),
    ...ofKnown(port, (known) => portProblems(path("port"), known)),
    ...ofKnown(targetPort, (known) => portProblems(path("targetPort"), known)),
    ...ofKnown(pods, (known) => podsProblems(path("pods"), known)),
  ];
  const isWhole = namespace !== undefined && name !== undefined && port !== undefined;
  if (ofParts.length > 0 || !isWhole) return ofParts;
  return upstreamProblems(path("name"), urlOf({ namespace, name, port }));
}

function podsProblems(path: string, pods: Readonly<Record<string, string | undefined>>): Problem[] {
  if (Object.keys(pods).length > 0) return labelsProblems(path, pods);
  return [
    {
      path,
      value: found(pods),
      reason: "selects every pod of the namespace, which a NetworkPolicy would then cut off",
      fix: "Write the labels of the pods behind the Service.",
    },
  ];
}
