import type { Problem } from "./problem";

/**
 * Checks a secret that was typed or pasted: no white space around it, no control character in it. Never quotes it.
 * @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2
 */
export function secretTextProblems(path: string, text: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: "a secret", reason, fix }];
  if (text !== text.trim())
    return problem(
      "begins or ends with white space",
      "Set it again without, for example by printf into a pipe.",
    );
  if (!/^[\x20-\x7e]*$/.test(text))
    return problem(
      "has characters that no password has",
      "Set it again: only letters, digits and ASCII signs.",
    );
  return [];
}

/** The port of a mail server's connection URI. */
export function smtpPort(uri: string): number {
  const port = URL.canParse(uri) ? new URL(uri).port : "";
  return port === "" ? 465 : Number(port);
}

/**
 * Checks the connection URI of a mail server. Never quotes it.
 * @see https://www.ory.com/docs/kratos/self-hosted/mail-courier-smtp
 */
export function smtpUriProblems(path: string, text: string): Problem[] {
  const ofText = secretTextProblems(path, text);
  if (ofText.length > 0) return ofText;
  if (/^smtps?:\/\//.test(text) && URL.canParse(text)) return [];
  return [
    {
      path,
      value: "a secret",
      reason: "is not the URI of a mail server",
      fix: "Write smtps://user:password@mail.example.com:465/, with special characters percent-encoded.",
    },
  ];
}
