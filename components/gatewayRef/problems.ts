import { domainProblems } from "../../documents/oathkeeper/hosts";
import { labelsProblems, portProblems } from "../../documents/shared/kubernetesNames";
import { found, type Problem } from "../../documents/shared/problem";

const remedy = "Run `pulumi up` of the gateway's stack with this version of the library.";

/** The stack has no output of that name. */
export const noOutput: Problem = {
  path: "(all)",
  value: "nothing",
  reason: "is not an output of that stack",
  fix: "Export the gateway there, `export const gateway = access.ref`, and run `pulumi up`; or write the name of the output that it is in.",
};

/** The stack marks the output as a secret. */
export const isSecretOutput: Problem = {
  path: "(all)",
  value: "a secret",
  reason: "is marked as a secret, and a gateway's reference contains none",
  fix: "Remove the mark where it is exported, with `unsecret`, and run `pulumi up` there.",
};

/** Checks that a reference has the form that this library reads. */
export function versionProblems(path: string, version: unknown): Problem[] {
  if (version === 2) return [];
  const reason = "is not a version of gateways that this library reads";
  return [{ path, value: found(version), reason, fix: remedy }];
}

/** What is wrong with a reference. */
export function refProblems(value: unknown): Problem[] {
  if (!isObject(value))
    return [{ path: "(all)", value: found(value), reason: "is not a gateway", fix: remedy }];
  const ofVersion = versionProblems("version", value["version"]);
  if (ofVersion.length > 0) return ofVersion;
  const { clusterOnly, domain, groups, namespace, proxy, route, serviceAccountIssuer, tls, upstreams } =
    value;
  return [
    ...(typeof domain === "string" ? domainProblems("domain", domain) : wrong("domain", domain, "text")),
    ...(typeof namespace === "string" ? [] : wrong("namespace", namespace, "text")),
    ...(isObject(proxy) ? proxyProblems(proxy) : wrong("proxy", proxy, "an object")),
    ...(isObject(route) ? routeProblems(route) : wrong("route", route, "an object")),
    ...ifGiven("serviceAccountIssuer", serviceAccountIssuer, isText, "text"),
    ...ifGiven("clusterOnly", clusterOnly, isBoolean, "true or false"),
    ...tlsProblems(tls),
    ...(isObject(upstreams)
      ? upstreamsProblems(upstreams)
      : ifGiven("upstreams", upstreams, isObject, "an object")),
    ...ifGiven("groups", groups, isTexts, "a list of names"),
  ];
}

function proxyProblems(proxy: Readonly<Record<string, unknown>>): Problem[] {
  const { namespace, service, port, grpcService, pods } = proxy;
  return [
    ...(typeof namespace === "string" ? [] : wrong("proxy.namespace", namespace, "text")),
    ...(typeof service === "string" ? [] : wrong("proxy.service", service, "text")),
    ...ifGiven("proxy.grpcService", grpcService, isText, "text"),
    ...(typeof port === "number" ? portProblems("proxy.port", port) : wrong("proxy.port", port, "a number")),
    ...(isMapOf(pods, isText) && Object.keys(pods).length > 0
      ? labelsProblems("proxy.pods", pods)
      : wrong("proxy.pods", pods, "labels, at least one")),
  ];
}

function routeProblems(route: Readonly<Record<string, unknown>>): Problem[] {
  const { kind = "ingress", annotations, className, wildcard } = route;
  return [
    ...ifGiven("route.wildcard", wildcard, isBoolean, "true or false"),
    ...ifGiven("route.annotations", annotations, (all) => isMapOf(all, isText), "an object of texts"),
    ...(kind === "gatewayApi"
      ? gatewayApiProblems(route)
      : kind === "ingress"
        ? ifGiven("route.className", className, isText, "text")
        : wrong("route.kind", kind, '"ingress" or "gatewayApi"')),
  ];
}

function gatewayApiProblems({ namespaces, parentRef }: Readonly<Record<string, unknown>>): Problem[] {
  return [
    ...ifGiven("route.namespaces", namespaces, isTexts, "a list of names"),
    ...(isObject(parentRef)
      ? parentRefProblems(parentRef)
      : wrong("route.parentRef", parentRef, "an object")),
  ];
}

function parentRefProblems(parentRef: Readonly<Record<string, unknown>>): Problem[] {
  return [
    ...(["namespace", "name"] as const).flatMap((key) =>
      isText(parentRef[key]) ? [] : wrong(`route.parentRef.${key}`, parentRef[key], "text"),
    ),
    ...ifGiven("route.parentRef.sectionName", parentRef["sectionName"], isText, "text"),
  ];
}

function upstreamsProblems(upstreams: Readonly<Record<string, unknown>>): Problem[] {
  const { authorities, clientCertificates, credentials } = upstreams;
  return [
    ...(isTexts(authorities) ? [] : wrong("upstreams.authorities", authorities, "a list of names")),
    ...(isMapOf(clientCertificates, isTexts)
      ? []
      : wrong("upstreams.clientCertificates", clientCertificates, "an object of lists of namespaces")),
    ...(isMapOf(credentials, isCredential)
      ? []
      : wrong("upstreams.credentials", credentials, "an object of {header, namespaces}")),
  ];
}

function isCredential(value: unknown): boolean {
  return isObject(value) && isText(value["header"]) && isTexts(value["namespaces"]);
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

/** A member that may be left out. */
function ifGiven(path: string, value: unknown, is: (given: unknown) => boolean, form: string): Problem[] {
  return value === undefined || is(value) ? [] : wrong(path, value, form);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isMapOf(
  value: unknown,
  is: (entry: unknown) => boolean,
): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value) && Object.values(value).every(is);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

/** Whether something has fields. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
