import { documentOf } from "./documents";

/** Forms of texts that are secrets wherever they appear. */
const forms: Readonly<Record<string, RegExp>> = {
  "a private key": /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  "a URL with a password": /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'<]*:(?![$<{%*])[^\s/:@"'<]+@/i,
  "a JSON Web Token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/,
  "a Google client secret": /\bGOCSPX-[\w-]{20,}/,
  "a Google API key": /\bAIza[\w-]{35}\b/,
  "an AWS access key": /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  "a GitHub token": /\b(?:gh[opsu]_\w{30,}|github_pat_\w{30,})/,
  "a GitLab token": /\bglpat-[\w-]{20,}/,
  "a Slack token": /\bxox[abprs]-[\w-]{10,}/,
};

/** How names of secrets end, without what separates their words. */
const endings = [
  /(?:password|passwd|passphrase|secret|token|credential)s?$/,
  /(?:api|private|secret|access|signing|encryption)keys?$/,
  // Ory's lists of secrets.
  /secrets(?:cookie|cipher|default|system|pagination)$/,
];
/** Words that are secrets only as the last of several: PWD is a folder. */
const shortWords = ["pass", "pwd"];
/** Words before these that make something else of them: `proxy_pass` is an address. */
const otherPasses = ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "by", "old"];

/**
 * The kind of secret that a text seems to be; undefined if none.
 *
 * @param name of the variable, argument or file that holds it
 */
export function secretIn(name: string, text: string): string | undefined {
  const form = Object.entries(forms).find(([, pattern]) => pattern.test(text))?.[0];
  return form ?? (isSecretName(name) && isLiteral(text) ? "the value of a secret" : undefined);
}

/** The same for a file, whose settings have their own names. */
export function secretInFile(file: string, text: string): string | undefined {
  const whole = secretIn(file, text);
  if (whole !== undefined) return whole;
  const document = documentOf(file, text);
  const settings = document ? leavesOf(document) : linesOf(text);
  return settings.some(([name, value]) => isSecretName(name) && isLiteral(value))
    ? "a setting that is a secret"
    : undefined;
}

/** The arguments of a process as settings: `--name=value`, and `--name value`. */
export function argumentSettings(words: readonly string[]): (readonly [name: string, value: string])[] {
  return words.map((word, at) => {
    const [, name, value] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return ["", word] as const;
    const next = isSecretName(name) ? (words[at + 1] ?? "") : "";
    return [name, value ?? (next.startsWith("-") ? "" : next)] as const;
  });
}

/** Whether a name ends in a word for a secret: `CLIENT_SECRET` and `bearerToken`, but not `TOKEN_URL`. */
function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const [before, last = ""] = [words.at(-2), words.at(-1)];
  return (
    endings.some((ending) => ending.test(words.join(""))) ||
    /^dsns?$/.test(last) ||
    (shortWords.includes(last) && before !== undefined && !otherPasses.includes(before))
  );
}

/** Whether a text is a value and not a reference, a path, a URL, a switch, a count or a sentence. */
function isLiteral(text: string): boolean {
  const value = text.trim();
  return (
    value !== "" &&
    !/\s/.test(value) &&
    !/^(?:true|false|null|none|off|on|yes|no|\d{1,3})$/i.test(value) &&
    !/^(?:\/|\.\/|[a-z][a-z0-9+.-]*:\/\/|\$|\{\{|<)/i.test(value)
  );
}

/** Each text of a document. One below `secrets` has this word in its name. */
function leavesOf(value: unknown, name = ""): (readonly [name: string, value: string])[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, name));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) =>
      leavesOf(inner, name === "secrets" ? `secrets.${key}` : key),
    );
  return typeof value === "string" ? [[name, value]] : [];
}

function linesOf(text: string): (readonly [name: string, value: string])[] {
  return text.split("\n").flatMap((line) => {
    const [, name, value] =
      /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*["']?([^\s"'(){}]+)["']?[;,]?\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
