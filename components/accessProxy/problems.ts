import { sessionCookieProblems } from "../../documents/shared/cookies";
import { sessionLifeProblems } from "../../documents/nginx/sessionCheck";
import { brandingProblems } from "../../documents/shared/branding";
import { countProblems, namespaceProblems, portProblems } from "../../documents/shared/kubernetesNames";
import { ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { AccessProxyArgs } from "./args";
import { upstreamsProblems } from "./upstreamsProblems";
import { autoscalingProblems } from "../shared/autoscaling";
import type { Known } from "../shared/known";
import { clientsProblems, trustedPeerProblems } from "../shared/peerProblems";

/** What is wrong with a proxy, each argument by itself. */
export function accessProxyProblems(path: Path, args: Known<AccessProxyArgs>): Problem[] {
  const domain = args.addresses?.domain?.name;
  return [
    ...ofKnown(args.namespace, (name) => namespaceProblems(path("namespace"), name)),
    ...ofKnown(args.identityNamespace, (name) => namespaceProblems(path("identityNamespace"), name)),
    ...ofKnown(args.branding, (branding) => brandingProblems(path("branding"), branding, domain)),
    ...ofKnown(args.identityPort, (port) => portProblems(path("identityPort"), port)),
    ...ofKnown(args.sessionCookie, (name) => sessionCookieProblems(path("sessionCookie"), name)),
    ...ofKnown(args.sessionCheck, (life) => sessionLifeProblems(path("sessionCheck"), life)),
    ...ofKnown(args.replicas, (count) => [
      ...countProblems(path("replicas"), count, 2),
      ...ofKnown(args.autoscaling, (known) => autoscalingProblems(within(path, "autoscaling"), known, count)),
    ]),
    ...ofKnown(args.secretsVersion, (version) => countProblems(path("secretsVersion"), version, 2)),
    ...ofKnown(args.ingressFrom, (peers) => trustedPeerProblems(path("ingressFrom"), peers)),
    ...ofKnown(args.metricsFrom, (peers) => clientsProblems(path("metricsFrom"), peers)),
    ...ofKnown(args.upstreams, (upstreams) => upstreamsProblems(within(path, "upstreams"), upstreams)),
  ];
}
