import { routeForms } from "../rules/routeForms";
import { found, type Problem } from "../shared/problem";
import { isGrpc, ruleUrl } from "./grpc";

/** The longest upstream URL that the `Rule` CRD takes. */
const maxLength = 256;

/** Checks the URL of an upstream: http, https, grpc or grpcs, a host, no characters that need quoting, no credentials. */
export function upstreamProblems(path: string, value: string): Problem[] {
  // The part before the @ may be a password, whatever else is wrong.
  const shown = value.includes("@") ? "a URL with a user name" : found(value);
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: shown, reason, fix }];
  const example = 'for example "http://vmagent.monitoring.svc:8429"';
  if (!/^(?:http|grpc)s?:\/\//.test(value))
    return problem("has no scheme", `Start it with http://, https://, grpc:// or grpcs://, ${example}.`);
  if (!/^[\x21-\x7e]+$/.test(value) || /["'`\\<>{}|^]/.test(value))
    return problem(
      "has quotes, spaces, newlines or other characters that no URL has",
      `Write a plain URL, ${example}.`,
    );
  if (!URL.canParse(ruleUrl(value)))
    return problem("is not a URL", `Write scheme, host and port, ${example}.`);
  const url = new URL(ruleUrl(value));
  if (url.username !== "" || url.password !== "")
    return problem("contains credentials", "Leave them out: anyone who may read Rules can read them.");
  if (url.search !== "" || url.hash !== "")
    return problem("has a query or a fragment, which the proxy drops", "Leave it out.");
  if (isGrpc(value.split(":")[0]) && url.pathname !== "/")
    return problem("has a path, which the proxy does not put before a gRPC method", "Leave it out.");
  const [, , host = "", port] = new RegExp(routeForms.upstreamUrl).exec(ruleUrl(value)) ?? [];
  if (new RegExp(routeForms.ownHost, "i").test(host))
    return problem("has the proxy's own pod for a host", `Name the Service, ${example}.`);
  if (/^[0-9.]+\.$/.test(host)) return problem("has a dot behind an address", `Leave it out, ${example}.`);
  if (host === "" || host === ".")
    return problem(
      "has a host or a path that the proxy cannot ask",
      `Write a host of letters, digits, dots and hyphens, and a path that joins with single slashes letters, digits and . _ ~ @ : + = % -, ${example}.`,
    );
  if (Number(port) === 0)
    return problem("has the port 0, which nothing listens on", `Write another, ${example}.`);
  if (value.length > maxLength)
    return problem(`is longer than ${maxLength} characters`, "Use a shorter URL.");
  return [];
}
