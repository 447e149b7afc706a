import { documentOf } from "./documents";

/** A text that is a secret wherever it stands. */
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

const lastWords = ["password", "passwd", "passphrase", "secret", "token", "credential", "dsn"];
const lastPairs = ["api key", "private key", "secret key", "access key", "signing key", "encryption key"];

/**
 * What kind of secret a text looks like; undefined for none.
 *
 * @param name of the variable, argument or file that holds it
 */
export function secretIn(name: string, text: string): string | undefined {
  const form = Object.entries(forms).find(([, pattern]) => pattern.test(text))?.[0];
  return form ?? (isSecretName(name) && isLiteral(text) ? "the value of a secret" : undefined);
}

/** The same for a file, whose settings have names of their own. */
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
  const last = (words.at(-1) ?? "").replace(/s$/, "");
  return lastWords.includes(last) || lastPairs.includes(`${words.at(-2) ?? ""} ${last}`);
}

/** A value itself, and not where to find it: a reference, a path, a URL, a switch, a sentence. */
function isLiteral(text: string): boolean {
  const value = text.trim();
  return (
    value !== "" &&
    !/\s/.test(value) &&
    !/^(?:true|false|null|none|off|on)$/i.test(value) &&
    !/^(?:\/|\.\/|[a-z][a-z0-9+.-]*:\/\/|\$|\{\{|<)/i.test(value)
  );
}

function leavesOf(value: unknown, name = ""): (readonly [name: string, value: string])[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, name));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, key));
  return typeof value === "string" ? [[name, value]] : [];
}

function linesOf(text: string): (readonly [name: string, value: string])[] {
  return text.split("\n").flatMap((line) => {
    const [, name, value] =
      /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*["']?([^\s"'(){}]+)["']?[;,]?\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
