import { Failure } from "../shared/failure";
import type { Change, Plan } from "./changes";
import { peopleNamed, type Admissions, type Person, type PersonsAccount } from "./person";

/** Deletes people: at their next sign-in they get a new identity. */
export function forget(emails: readonly string[]): Plan {
  return { action: "forget", select: (people) => peopleNamed(people, emails), changesOf: () => [forgotten] };
}

/** The same for everybody whose only accounts are at one login provider. */
export function forgetAllOf(provider: string): Plan {
  return {
    action: "forget",
    select: (people) =>
      people.filter(({ providers }) => providers.length > 0 && providers.every((one) => one === provider)),
    changesOf: () => [forgotten],
    nobody: `Nobody signs in only with ${provider}.`,
  };
}

const forgotten: Change = { done: "forgotten", apply: (api, { id }) => api.deleteIdentity(id) };

/** The former and the new name of a login provider. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** Lets people sign in through a login provider that was renamed: Kratos identifies an account by its provider's id. */
export function relink({ from, to }: Renamed, emails: readonly string[]): Plan {
  return {
    action: "relink",
    select: (people, admissions) => {
      const named = emails.length > 0 ? peopleNamed(people, emails) : people;
      const ofProvider = named.filter(({ providers }) => providers.includes(from));
      refuseOtherAccounts({ from, to }, ofProvider, admissions);
      return ofProvider;
    },
    changesOf: ({ accounts }) => accounts.filter(({ provider }) => provider === from).map(moved(to)),
    nobody: `Nobody signs in with ${from}.`,
  };
}

function moved(provider: string) {
  return (former: PersonsAccount): Change => {
    const { subject } = former;
    return {
      done: `${former.provider}:${subject} is ${provider}:${subject}`,
      // In this order, because an identity's last account cannot be removed.
      apply: async (api, { id, accounts }) => {
        const isThere = accounts.some((one) => one.provider === provider && one.subject === subject);
        if (!isThere) await api.addAccount(id, { provider, subject });
        await api.removeAccount(id, former);
      },
    };
  };
}

/**
 * A subject identifies an account only at its issuer: at another issuer it may be another person.
 *
 * @throws {Failure} unless the provider was only renamed, as far as can be determined
 */
function refuseOtherAccounts({ from, to }: Renamed, people: readonly Person[], admissions: Admissions): void {
  if (admissions[from])
    throw new Failure(
      `The stack has the login provider ${from}: people who sign in with it are known already.`,
    );
  const target = admissions[to];
  if (!target) throw new Failure(`The stack, as of the last pulumi up, has no login provider ${to}.`);
  const { issuer } = target;
  const others = people.flatMap(({ accounts, name }) =>
    accounts
      .filter((one) => one.provider === from && isOther(one.issuer, issuer))
      .map((one) => `${name} (${one.issuer ?? ""})`),
  );
  if (others.length === 0) return;
  throw new Failure(
    `${to} has the issuer ${issuer ?? ""}, and these accounts are of another one, so the same subject may be somebody else: ` +
      `${others.join(", ")}. Forget them, and they sign in as new people: sessions forget.`,
  );
}

function isOther(former: string | undefined, now: string | undefined): boolean {
  return former !== undefined && now !== undefined && withoutScheme(former) !== withoutScheme(now);
}

/**
 * Google writes its own issuer with and without the scheme.
 * @see https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
 */
function withoutScheme(issuer: string): string {
  return issuer.replace(/^https:\/\//, "");
}
