import { found, type Problem } from "./problem";

/** Folds case in the same way as Jsonnet's std.asciiLower; toLowerCase would map other letters to ASCII ones. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const domainPattern = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;
const emailPattern = /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

export function domainProblems(path: string, entry: string): Problem[] {
  if (domainPattern.test(entry)) return [];
  return [{ path, value: found(entry), reason: "is not a domain", fix: 'Write for example "example.com".' }];
}

export function emailProblems(path: string, entry: string): Problem[] {
  if (emailPattern.test(entry)) return [];
  const fix = 'Write for example "alice@example.com".';
  return [{ path, value: found(entry), reason: "is not an e-mail address", fix }];
}
