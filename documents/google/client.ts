import { isIP } from "node:net";
import { parse } from "tldts";
import { found, type Problem } from "../shared/problem";

/** Something unusual about a client that works nevertheless, as far as is known. */
export type Warning = Pick<Problem, "path" | "reason" | "fix">;

/** A project's number and the client's own part, which the oldest ids do not have. */
const idPattern = /^(\d+)(?:-[a-z0-9]+)?\.apps\.googleusercontent\.com$/;
/** How the console's secrets begin since 2021; older ones have no prefix. */
const secretPrefix = "GOCSPX-";
const secretPattern = new RegExp(`^${secretPrefix}[A-Za-z0-9_-]{28}$`);
const placeholder =
  /^(<.*>|\[.*\]|\.+|x+|(your|my|the|client|google|oauth)?[-_ ]*(client)?[-_ ]*secret([-_ ]*here)?|change[-_ ]?me|todo|tbd|secret|password|placeholder|example|dummy|test)$/i;

/** Checks that a client id is that of a standard client of type "Web application". */
export function googleClientIdProblems(path: string, clientId: string | undefined): Problem[] {
  if (clientId !== undefined && idPattern.test(clientId)) return [];
  return [
    {
      path,
      // The two are easily swapped.
      value: clientId?.startsWith(secretPrefix) ? "a client secret" : found(clientId),
      reason: "is not the id of a client that Google's console made",
      fix: 'Copy "Client ID" from Google Auth Platform > Clients: digits at the beginning, and ".apps.googleusercontent.com" at the end.',
    },
  ];
}

/** Checks that a text can be a client secret. Never shows it. */
export function googleClientSecretProblems(path: string, clientSecret: string): Problem[] {
  const fix = 'Copy "Client secret" when the console shows it, which it does once, or add another one there.';
  if (clientSecret === "") return [{ path, value: "nothing", reason: "is empty", fix }];
  if (/\s/.test(clientSecret)) return [{ path, value: "a secret", reason: "has white space in it", fix }];
  if (placeholder.test(clientSecret)) return [{ path, value: "a secret", reason: "is a placeholder", fix }];
  if (idPattern.test(clientSecret)) return [{ path, value: "a secret", reason: "is a client id", fix }];
  return [];
}

/** Warns if a client secret does not have the form that the console generates today. */
export function clientSecretWarnings(path: string, clientSecret: string): Warning[] {
  if (secretPattern.test(clientSecret)) return [];
  return [
    {
      path,
      reason: "does not have the form of the secrets that Google's console makes (GOCSPX-…)",
      fix: "Check it, unless the client is from before 2021.",
    },
  ];
}

/** Warns if a client's id does not begin with its project's number, as all ids have so far; Google does not guarantee it. */
export function numberWarnings(clientId: string, project: string, projectNumber: string): Warning[] {
  if (numberOf(clientId) === projectNumber) return [];
  return [
    foreignClient(project, `has the number ${projectNumber}, and the client's id begins with another one`),
  ];
}

/** Warns if the console's file of a client belongs to another project. */
export function projectWarnings(clientId: string, project: string, projectInFile: string): Warning[] {
  if (numberOf(clientId) === project || project === projectInFile) return [];
  return [foreignClient(project, `is not the client's, whose file names ${projectInFile}`)];
}

function numberOf(clientId: string): string | undefined {
  return idPattern.exec(clientId)?.[1];
}

function foreignClient(project: string, reason: string): Warning {
  return {
    path: "project",
    reason: `${project} ${reason}`,
    fix: `Check the client; if only its secret is in ${project}, name the client's own project as "project".`,
  };
}

/** Checks that Google accepts a redirect URI. @see https://support.google.com/cloud/answer/15549257 */
export function redirectUriProblems(path: string, redirectUri: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [
    { path, value: found(redirectUri), reason: `has a redirect URI that ${reason}`, fix },
  ];
  const { protocol, hostname } = new URL(redirectUri);
  const elsewhere = "For development, use an issuer of your own with a provider of the kind generic.";
  if (protocol !== "https:")
    return problem("is not https, and Google accepts nothing else", `Turn TLS on. ${elsewhere}`);
  if (isIP(hostname.replace(/[[\]]/g, "")) !== 0)
    return problem("has an IP address, which Google does not accept", "Use a domain name.");
  const { isIcann, domain } = parse(hostname);
  if (isIcann !== true || domain === null)
    return problem(
      "is not below a public top-level domain, which Google requires",
      `Use a domain that is registered. ${elsewhere}`,
    );
  return [];
}
