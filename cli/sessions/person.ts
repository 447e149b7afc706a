import { z } from "zod";
import { accountsOf } from "../../components/scripts/leavers/qualifies.mjs";
import { Failure } from "../shared/failure";
import { isAdmitted, type ToldAdmission } from "../../documents/kratos/admit";
import { asciiLower } from "../../documents/shared/emails";
import type { AccountName, IdentityDocument, SessionDocument } from "./adminApi";

/** Who may sign in through each login provider, by its id. */
export type Admissions = Readonly<Record<string, ToldAdmission>>;

const strings = z.array(z.string());
const admission = z.object({
  admit: z.union([
    z.literal("closed"),
    z.object({
      workspaceDomains: strings.exactOptional(),
      emailDomains: strings.exactOptional(),
      emails: strings.exactOptional(),
    }),
  ]),
  identities: z.array(z.object({ subject: z.string(), email: z.string() })).exactOptional(),
  hostedDomain: z.union([z.string(), strings]).exactOptional(),
  issuer: z.string().exactOptional(),
});
const outputsSchema = z.object({
  namespace: z.string(),
  admissions: z.record(z.string(), admission),
});

/** What the command needs from a stack's outputs. */
export interface Gateway {
  readonly namespace: string;
  readonly admissions: Admissions;
}

/** @throws {Failure} when these are not the outputs of a gateway */
export function gatewayOf(outputs: Readonly<Record<string, unknown>>): Gateway {
  const parsed = outputsSchema.safeParse(outputs);
  if (!parsed.success)
    throw new Failure(`These are not the outputs of a gateway: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** An account at a login provider. */
export interface PersonsAccount extends AccountName {
  /** Its issuer, from the ID token of the first sign-in. */
  readonly issuer?: string;
}

/** An identity, with what decides whether it may still sign in. */
export interface Person {
  readonly id: string;
  /** The address that the login provider verified, or the id if none was stored. */
  readonly name: string;
  /** The same address, by which services decide; empty if none was stored. */
  readonly email: string;
  /** Names of the groups that the person is in, according to the login provider. */
  readonly claimedGroups: readonly string[];
  readonly isActive: boolean;
  /** Ids of the login providers through which the identity signs in. */
  readonly providers: readonly string[];
  /** The accounts at these providers. */
  readonly accounts: readonly PersonsAccount[];
  /** Whether one of these providers would let the account in today. */
  readonly isAdmitted: boolean;
  readonly sessions: readonly SessionDocument[];
}

/** Combines identities and sessions, sorted by name. */
export function peopleOf(
  identities: readonly IdentityDocument[],
  sessions: readonly SessionDocument[],
  admissions: Admissions,
): Person[] {
  return identities
    .map((identity) => {
      const accounts = accountsOf(identity);
      return {
        id: identity.id,
        name: identity.metadata_public?.email ?? identity.id,
        email: identity.metadata_public?.email ?? "",
        claimedGroups: (identity.metadata_public?.groups ?? "").split(".").filter((group) => group !== ""),
        isActive: identity.state === "active",
        providers: accounts.map(({ provider }) => provider),
        accounts: accounts.map((account) => named(identity, account)),
        isAdmitted: accounts.some(({ provider, ...account }) => {
          const admission = admissions[provider];
          return admission !== undefined && isAdmitted(admission, account);
        }),
        sessions: sessions.filter((session) => session.identity.id === identity.id),
      };
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

function named({ credentials }: IdentityDocument, { provider, subject }: AccountName): PersonsAccount {
  const links = credentials?.oidc?.config?.providers ?? [];
  const link = links.find((one) => one.provider === provider && one.subject === subject);
  const issuer = issuerOfToken(link?.initial_id_token ?? "");
  return { provider, subject, ...(issuer !== undefined && { issuer }) };
}

/** The claim `iss`. Kratos verified the token when it stored it. */
function issuerOfToken(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return z.object({ iss: z.string() }).safeParse(claims).data?.iss;
  } catch {
    return undefined;
  }
}

/** @throws {Failure} that names every address that belongs to nobody */
export function peopleNamed(people: readonly Person[], emails: readonly string[]): Person[] {
  const named = (email: string) => people.filter(({ name }) => asciiLower(name) === asciiLower(email));
  const unknown = emails.filter((email) => named(email).length === 0);
  if (unknown.length > 0) throw new Failure(`Nobody has the address ${unknown.join(", ")}.`);
  return emails.flatMap(named);
}
