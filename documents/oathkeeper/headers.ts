import { authorizeHeaders } from "../rules/authorize";
import { decisionHeaders } from "../rules/decisionHeaders";
import { quotedLength, routeForms } from "../rules/routeForms";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";
import { shortHash } from "../shared/shortHash";
import { droppedHeaders } from "../shared/trustedHeaders";

/** Headers for an upstream besides those that say who makes the request: the same on every request, by the header's name. */
export type UpstreamHeaders = Readonly<Record<string, string>>;

/** Names of the headers an upstream reads. */
export const identityHeaders = { userId: "X-User-Id", userEmail: "X-User-Email" } as const;

/** In lower case: headers that the gateway or the ingress controller sets, and those of a connection. */
export const reservedHeaders: readonly string[] = [
  ...Object.values(identityHeaders),
  ...Object.values(authorizeHeaders),
  ...Object.values(decisionHeaders),
  ...["Authorization", "Cookie", "Host"],
  ...["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id"],
  ...["Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE"],
  ...["Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect"],
].map((name) => name.toLowerCase());

/** Each is a template that the proxy fills in on every request, and so is each of its spellings. */
const maxHeaders = 20;
const maxCharacters = 4000;
const namePattern = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,4}$/;
const valuePattern = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/** What a template's instruction begins with: the proxy would evaluate a value with it instead of sending it. */
export const templateStart = "{{";

/** Checks that each header has its own name, and a value that arrives as written. Never shows a value: it may be secret. */
export function headersProblems(path: string, headers: Partly<UpstreamHeaders>): Problem[] {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const length = entries.reduce((sum, [, value]) => sum + value.length, 0);
  const tooMuch = (value: string, reason: string): Problem => ({
    path,
    value,
    reason: `${reason}, and every request carries them`,
    fix: "Leave out what the service could have in its own configuration.",
  });
  return [
    ...(entries.length > maxHeaders
      ? [tooMuch(`${entries.length} headers`, `has more than ${maxHeaders} entries`)]
      : []),
    ...(length > maxCharacters
      ? [tooMuch(`${length} characters`, `has values of more than ${maxCharacters} characters in all`)]
      : []),
    ...entries.flatMap(([name, value], at) => {
      const earlier = entries.slice(0, at).find(([other]) => other.toLowerCase() === name.toLowerCase());
      return [...nameProblems(path, name, earlier?.[0]), ...valueProblems(`${path}[${found(name)}]`, value)];
    }),
  ];
}

export const nameIsTooLong = `is longer than the ${routeForms.maxHeaderName} characters that nginx has room for`;

function nameProblems(path: string, name: string, earlier: string | undefined): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(name), reason, fix }];
  if (reservedHeaders.includes(name.toLowerCase().replaceAll("_", "-")))
    return problem(
      "is a header of the gateway, the ingress controller or the connection",
      "Give it another name.",
    );
  if (!namePattern.test(name))
    return problem(
      "is not a header name",
      'Write up to five words of letters and digits with hyphens between, for example "X-Scope-OrgID".',
    );
  if (name.length > routeForms.maxHeaderName) return problem(nameIsTooLong, "Give it a shorter name.");
  if (earlier !== undefined) return problem(`is another spelling of ${found(earlier)}`, "Keep one of them.");
  return [];
}

function valueProblems(path: string, value: string): Problem[] {
  const shown = `a text of ${value.length} characters`;
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: shown, reason, fix }];
  if (!valuePattern.test(value))
    return problem(
      "has line breaks, outer spaces or characters that a header cannot contain",
      "Write printable ASCII characters, with spaces only between them.",
    );
  if (value.includes(templateStart))
    return problem(
      `has "${templateStart}", which begins an instruction of the proxy's templates`,
      "Write the value itself: what differs by visitor is in the identity headers.",
    );
  if (quotedLength(value) > routeForms.maxText)
    return problem(
      `is longer than the ${routeForms.maxText} characters that nginx reads, once each quote and each dollar sign is written as it reads them`,
      "Leave out what the service could have in its own configuration.",
    );
  return [];
}

/**
 * For an Oathkeeper that forwards requests itself: servers that follow CGI read `X_User_Id` and `X-User-Id` as the same
 * variable, and Go lets the former pass. So every spelling with an underscore is overwritten with an empty value.
 */
function underscoreAliases(header: string): string[] {
  return header
    .split("-")
    .slice(1)
    .reduce<string[]>(
      (spellings, word) => spellings.flatMap((start) => [`${start}-${word}`, `${start}_${word}`]),
      header.split("-").slice(0, 1),
    )
    .filter((spelling) => spelling !== header);
}

/**
 * A service's headers as templates, with empty values for their other spellings. A name that is dropped from clients' requests
 * is spelled as in the list of those.
 */
export function headerTemplates(headers: UpstreamHeaders): UpstreamHeaders {
  const spelled = Object.entries(headers).map(([name, value]) => [droppedSpelling(name), value] as const);
  const blanked = spelled.flatMap(([name]) => underscoreAliases(name)).map((header) => [header, ""] as const);
  return Object.fromEntries([...spelled, ...blanked]);
}

function droppedSpelling(name: string): string {
  const isSame = (dropped: string) => dropped.toLowerCase() === name.toLowerCase();
  return Object.keys(droppedHeaders).find(isSame) ?? name;
}

/**
 * Changes with the headers, for the end of a Rule's name; empty if there are none. An Oathkeeper that forwards requests
 * itself caches a header's template by the rule's id until it restarts, so a rule with another value needs another id.
 * @see https://github.com/ory/oathkeeper/blob/v26.2.0/pipeline/mutate/mutator_header.go
 */
export function headersRevision(headers: UpstreamHeaders): string {
  const names = Object.keys(headers).sort();
  if (names.length === 0) return "";
  const text = JSON.stringify(names.map((name) => [name, headers[name]]));
  return `-${shortHash(text)}`;
}
