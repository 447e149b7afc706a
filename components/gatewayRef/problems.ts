import { domainProblems } from "../../documents/oathkeeper/hosts";
import { labelsProblems, portProblems } from "../../documents/shared/kubernetesNames";
import { found, type Problem } from "../../documents/shared/problem";

const remedy = "Run `pulumi up` of the gateway's stack with this version of the library.";

/** Of a stack that has no output of the name. */
export const noOutput: Problem = {
  path: "(all)",
  value: "nothing",
  reason: "is no output of that stack",
  fix: "Export the gateway there, `export const gateway = access.ref`, and run `pulumi up`; or write the name of the output that it is in.",
};

/** Of an output that its stack marks as a secret. */
export const isSecretOutput: Problem = {
  path: "(all)",
  value: "a secret",
  reason: "is marked as a secret, which a gateway's reference does not hold",
  fix: "Take the mark off where it is exported, with `unsecret`, and run `pulumi up` there.",
};

/** Checks that a reference has the form that this library reads. */
export function versionProblems(path: string, version: unknown): Problem[] {
  if (version === 2) return [];
  const reason = "is not a version of gateways that this library reads";
  return [{ path, value: found(version), reason, fix: remedy }];
}

/** What of a reference cannot be used. */
export function refProblems(value: unknown): Problem[] {
  if (!isObject(value))
    return [{ path: "(all)", value: found(value), reason: "is not a gateway", fix: remedy }];
  const ofVersion = versionProblems("version", value["version"]);
  if (ofVersion.length > 0) return ofVersion;
  const { domain, groups, namespace, proxy, route, serviceAccountIssuer, tls, upstreams } = value;
  return [
    ...(typeof domain === "string" ? domainProblems("domain", domain) : wrong("domain", domain, "text")),
    ...(typeof namespace === "string" ? [] : wrong("namespace", namespace, "text")),
    ...(isObject(proxy) ? proxyProblems(proxy) : wrong("proxy", proxy, "an object")),
    ...(isObject(route) ? routeProblems(route) : wrong("route", route, "an object")),
    ...(["undefined", "string"].includes(typeof serviceAccountIssuer)
      ? []
      : wrong("serviceAccountIssuer", serviceAccountIssuer, "text")),
    ...tlsProblems(tls),
    ...(upstreams === undefined || isObject(upstreams) ? [] : wrong("upstreams", upstreams, "an object")),
    ...(groups === undefined || isTexts(groups) ? [] : wrong("groups", groups, "a list of names")),
  ];
}

function proxyProblems(proxy: Readonly<Record<string, unknown>>): Problem[] {
  const { namespace, service, port, grpcService, pods } = proxy;
  return [
    ...(typeof namespace === "string" ? [] : wrong("proxy.namespace", namespace, "text")),
    ...(typeof service === "string" ? [] : wrong("proxy.service", service, "text")),
    ...(["undefined", "string"].includes(typeof grpcService)
      ? []
      : wrong("proxy.grpcService", grpcService, "text")),
    ...(typeof port === "number" ? portProblems("proxy.port", port) : wrong("proxy.port", port, "a number")),
    ...(isObject(pods) && Object.keys(pods).length > 0
      ? labelsProblems("proxy.pods", pods)
      : wrong("proxy.pods", pods, "labels, at least one")),
  ];
}

function routeProblems({ kind = "ingress", parentRef }: Readonly<Record<string, unknown>>): Problem[] {
  if (kind === "ingress") return [];
  if (kind !== "gatewayApi") return wrong("route.kind", kind, '"ingress" or "gatewayApi"');
  if (!isObject(parentRef)) return wrong("route.parentRef", parentRef, "an object");
  return (["namespace", "name"] as const).flatMap((key) =>
    typeof parentRef[key] === "string" ? [] : wrong(`route.parentRef.${key}`, parentRef[key], "text"),
  );
}

function tlsProblems(tls: unknown): Problem[] {
  if (tls === "off" || tls === "external") return [];
  if (!isObject(tls)) return wrong("tls", tls, '"off", "external" or an object');
  const { issuer, secretName } = tls;
  if (issuer === undefined)
    return typeof secretName === "string" ? [] : wrong("tls.secretName", secretName, "text");
  if (!isObject(issuer)) return wrong("tls.issuer", issuer, "an object");
  const { kind, name } = issuer;
  return [
    ...(kind === "Issuer" || kind === "ClusterIssuer"
      ? []
      : wrong("tls.issuer.kind", kind, '"Issuer" or "ClusterIssuer"')),
    ...(typeof name === "string" ? [] : wrong("tls.issuer.name", name, "text")),
  ];
}

function wrong(path: string, value: unknown, form: string): Problem[] {
  return [{ path, value: found(value), reason: `is not ${form}`, fix: remedy }];
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** Whether something has fields. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
