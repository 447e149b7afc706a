import { authorizeHeaders } from "../rules/authorize";
import { decisionHeaders } from "../rules/decisionHeaders";
import { quotedLength, routeForms } from "../rules/routeForms";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";
import { shortHash } from "../shared/shortHash";
import { droppedHeaders } from "../shared/trustedHeaders";

/** What an upstream is told besides who asks: the same on every request, by the header's name. */
export type UpstreamHeaders = Readonly<Record<string, string>>;

/** Names of the headers an upstream reads. */
export const identityHeaders = { userId: "X-User-Id", userEmail: "X-User-Email" } as const;

/** In lower case: what the gateway itself tells, what the ingress controller does, and what belongs to a connection. */
export const reservedHeaders: readonly string[] = [
  ...Object.values(identityHeaders),
  ...Object.values(authorizeHeaders),
  ...Object.values(decisionHeaders),
  ...["Authorization", "Cookie", "Host"],
  ...["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"],
  ...["Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE"],
  ...["Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect"],
].map((name) => name.toLowerCase());

/** Each is a template that the proxy fills in on every request, and so is each of its spellings. */
const maxHeaders = 20;
const maxCharacters = 4000;
const namePattern = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,4}$/;
const valuePattern = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/** What the proxy begins a template's instruction with: a value with it would be evaluated, not sent. */
export const templateStart = "{{";

/** Checks the headers: names of their own, values that arrive as written. No value is shown, one may be a secret. */
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

function nameProblems(path: string, name: string, earlier: string | undefined): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(name), reason, fix }];
  if (reservedHeaders.includes(name.toLowerCase().replaceAll("_", "-")))
    return problem(
      "is a header of the gateway, the ingress controller or the connection",
      "Give it another name.",
    );
  if (!namePattern.test(name))
    return problem(
      "is no name of a header",
      'Write up to five words of letters and digits with hyphens between, for example "X-Scope-OrgID".',
    );
  if (earlier !== undefined) return problem(`is another spelling of ${found(earlier)}`, "Keep one of them.");
  return [];
}

function valueProblems(path: string, value: string): Problem[] {
  const shown = `a text of ${value.length} characters`;
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: shown, reason, fix }];
  if (!valuePattern.test(value))
    return problem(
      "has line breaks, outer spaces or characters that no header takes",
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
 * For an Oathkeeper that forwards by itself: servers that follow CGI read `X_User_Id` and `X-User-Id` as one variable, and
 * Go lets the former pass. So every spelling with an underscore is overwritten with nothing.
 */
export function underscoreAliases(header: string): string[] {
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
 * A service's headers as templates, and nothing in the place of their other spellings. A name that no client may send
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
 * Changes with the headers, for the end of a Rule's name; empty without any. An Oathkeeper that forwards by itself keeps a
 * header's template by the rule's id until it restarts, so a rule with another value needs another id.
 * @see https://github.com/ory/oathkeeper/blob/v26.2.0/pipeline/mutate/mutator_header.go
 */
export function headersRevision(headers: UpstreamHeaders): string {
  const names = Object.keys(headers).sort();
  if (names.length === 0) return "";
  const text = JSON.stringify(names.map((name) => [name, headers[name]]));
  return `-${shortHash(text)}`;
}
