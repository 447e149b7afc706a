import { found, type Problem } from "./problem";

/**
 * Checks a secret that was typed or pasted: no white space around it, no control characters in it. Never quotes it.
 * @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2
 */
export function secretTextProblems(path: string, text: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: "a secret", reason, fix }];
  if (text !== text.trim())
    return problem(
      "begins or ends with white space",
      "Set it again without the white space, for example with printf and a pipe.",
    );
  if (!/^[\x20-\x7e]*$/.test(text))
    return problem(
      "has characters that no password has",
      "Set it again: only letters, digits and ASCII punctuation.",
    );
  return [];
}

/** Checks a client's secret at a login provider. Never quotes it. */
export function clientSecretProblems(path: string, text: string): Problem[] {
  if (text !== "") return secretTextProblems(path, text);
  return [
    {
      path,
      value: "nothing",
      reason: "is empty",
      fix: "Give the secret that the provider shows with the client.",
    },
  ];
}

/** Checks a client's id at a login provider. @see https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1 */
export function clientIdProblems(path: string, id: string): Problem[] {
  if (/^[\x21-\x7e]+$/.test(id)) return [];
  return [
    {
      path,
      value: found(id),
      reason: "is empty or has spaces or characters that no client's id has",
      fix: "Copy it as the provider shows it.",
    },
  ];
}

/** The port of a mail server's connection URI, which {@link smtpUriProblems} has checked. */
export function smtpPort(uri: string): number {
  return URL.canParse(uri) ? Number(new URL(uri).port) : 0;
}

/**
 * Checks the connection URI of a mail server. Never quotes it.
 * @see https://www.ory.com/docs/kratos/self-hosted/mail-courier-smtp
 */
export function smtpUriProblems(path: string, text: string): Problem[] {
  const ofText = secretTextProblems(path, text);
  if (ofText.length > 0) return ofText;
  const problem = (reason: string): Problem[] => [
    {
      path,
      value: "a secret",
      reason,
      fix: "Write smtps://user:password@mail.example.com:465/, with special characters percent-encoded.",
    },
  ];
  if (!/^smtps?:\/\//.test(text) || !URL.canParse(text)) return problem("is not the URI of a mail server");
  const { hostname, port } = new URL(text);
  if (hostname === "") return problem("names no mail server");
  // Kratos would connect to port 0.
  return port === "" || port === "0" ? problem("has no port, and mail would never be delivered") : [];
}
