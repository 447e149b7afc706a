import { isIP } from "node:net";
import { maxDnsName } from "../shared/dnsNames";
import { certificateProblems } from "../shared/certificate";
import { portProblems, referenceProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../shared/problem";
import { secretTextProblems } from "../shared/secretText";
import { poolProblems, type PoolSettings } from "./dsn";

/** The address of a database that something else runs, as plain data. A `caCertificate` that is not a text is in a Secret. */
export interface ExternalDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | object;
  readonly caCertificate: string | object;
  readonly pool: PoolSettings;
}

/** Checks each part of the connection: Kratos' own error would quote a wrong part, together with the password. */
export function externalDatabaseProblems(path: Path, given: Partly<ExternalDatabase>): Problem[] {
  const { host, port, database, user, password, caCertificate, pool } = given;
  return [
    ...ofKnown(host, (known) => hostProblems(path("host"), known)),
    ...ofKnown(port, (known) => portProblems(path("port"), known)),
    ...ofKnown(database, (known) => identifierProblems(path("database"), known, "database")),
    ...ofKnown(user, (known) => identifierProblems(path("user"), known, "user")),
    ...ofKnown(pool, (known) => poolProblems(within(path, "pool"), known)),
    ...(typeof password === "string" ? passwordProblems(path("password"), password) : []),
    ...referenceProblems(within(path, "password"), password),
    ...referenceProblems(within(path, "caCertificate"), caCertificate),
    ...(typeof caCertificate === "string"
      ? certificateProblems(
          path("caCertificate"),
          caCertificate,
          "Write the PEM of the certificate authority, or {secretName, key}.",
        )
      : []),
  ];
}

const label = "[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?";
const namePattern = new RegExp(`^${label}(?:\\.${label})*\\.?$`);

function hostProblems(path: string, host: string): Problem[] {
  // A part before an @ or behind a = may be a password, whatever else is wrong.
  const shown = host.includes("@")
    ? "a URL with a user name"
    : host.includes("=")
      ? "a text with parameters"
      : found(host);
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: shown, reason, fix }];
  const example = 'for example "postgres.example.com"';
  if (/[@/=]/.test(host))
    return problem("is more than a host", `Write the bare name or address, ${example}.`);
  if (isIP(host) !== 0)
    return host.includes("%")
      ? problem("names an interface, which no pod has", "Write an address that is valid on every machine.")
      : [];
  if (/^\[.*\]$/.test(host)) return problem("has brackets", "Write an IPv6 address without them.");
  if (/:\d*$/.test(host))
    return problem("has a port", `Write the bare name or address, ${example}, and the port as port.`);
  if (!namePattern.test(host) || host.length > maxDnsName)
    return problem("is neither a name nor an address", `Write one, ${example}.`);
  return [];
}

/** PostgreSQL truncates longer names. Characters of a URL show that a URL was pasted, or that parameters were to be set. */
const maxIdentifier = 63;

function identifierProblems(path: string, name: string, what: string): Problem[] {
  if (/^[^\s\p{Cc}?&=#/:%"'\\]+$/u.test(name) && Buffer.byteLength(name) <= maxIdentifier) return [];
  return [
    {
      path,
      value: /[:?=]/.test(name) ? "a text with signs of a URL" : found(name),
      reason: `is not the name of a ${what}`,
      fix: `Write the name as PostgreSQL has it, at most ${maxIdentifier} bytes, without the signs of a URL.`,
    },
  ];
}

function passwordProblems(path: string, password: string): Problem[] {
  if (password !== "") return secretTextProblems(path, password);
  return [{ path, value: "nothing", reason: "is empty", fix: "Give the database's password." }];
}
