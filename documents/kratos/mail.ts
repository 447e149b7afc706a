import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";
import { smtpUriProblems } from "../shared/secretText";
import { emailProblems } from "../shared/emails";

/** The mail server, as plain data. */
export interface Mail {
  readonly uri: string;
  readonly from: string;
}

/** Checks the sender and the server's URI. Never shows the URI. Kratos does not start with a sender that has a name. */
export function mailProblems(path: Path, { from, uri }: Partly<Mail>): Problem[] {
  return [
    ...ofKnown(from, (known) => senderProblems(path("from"), known)),
    ...ofKnown(uri, (known) => smtpUriProblems(path("uri"), known)),
  ];
}

function senderProblems(path: string, from: string): Problem[] {
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1];
  if (address === undefined || emailProblems(path, address).length > 0) return emailProblems(path, from);
  return [
    {
      path,
      value: found(from),
      reason: "has a name beside the address",
      fix: `Write the address only: ${found(address)}.`,
    },
  ];
}
