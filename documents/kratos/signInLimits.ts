import { defined } from "../shared/defined";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Problem } from "../shared/problem";

/** How often something may happen. */
export interface Rate {
  /** Requests per minute in the long run. */
  readonly perMinute: number;
  /** How many more may come at once. */
  readonly burst: number;
}

/**
 * Rate limits for browsers at the identity server, in each of its pods. Requests above a limit are answered with 429
 * and reach neither Kratos nor the database. A client is an IPv4 address, or the first 64 bits of an IPv6 address: the
 * people of an office are often one client.
 */
export interface SignInLimits {
  /**
   * How many proxies in front of the identity server add an address to `X-Forwarded-For`, including the ingress
   * controller: the client is that many entries from its end. With 0, the client is the address that connects. If a
   * load balancer hides addresses, all clients count as one.
   * @default 1
   */
  readonly trustedHops?: number;
  /**
   * Per client: sign-ins and account changes that are started; each is a row in the database.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly starts?: Rate;
  /**
   * Per client: submitted forms, and sign-outs.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly submits?: Rate;
  /**
   * Per client: returns from a login provider.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly callbacks?: Rate;
  /**
   * Per client: forms that have a link sent to an address, for `recovery` or to verify the address. Whoever can open the
   * sign-in page can send mail to anybody who has signed in before.
   * @default { perMinute: 6, burst: 10 }
   */
  readonly mails?: Rate;
  /**
   * Per client: submitted forms of a second step, and of signing in again. Kratos itself does not count wrong codes.
   * @default { perMinute: 120, burst: 120 }
   */
  readonly secondSteps?: Rate;
  /**
   * The same, per session.
   * @default { perMinute: 3, burst: 10 }
   */
  readonly secondStepsOfSession?: Rate;
  /**
   * For all clients together: starts, submits, callbacks and mails.
   * @default { perMinute: 6000, burst: 1000 }
   */
  readonly total?: Rate;
}

type RateName = Exclude<keyof SignInLimits, "trustedHops">;

/** The limits with every default filled in, or none. */
export type EffectiveSignInLimits = Required<SignInLimits> | "off";

/** The default of each limit. */
export const defaultSignInLimits: Required<SignInLimits> = {
  trustedHops: 1,
  starts: { perMinute: 300, burst: 100 },
  submits: { perMinute: 300, burst: 100 },
  callbacks: { perMinute: 300, burst: 100 },
  mails: { perMinute: 6, burst: 10 },
  secondSteps: { perMinute: 120, burst: 120 },
  secondStepsOfSession: { perMinute: 3, burst: 10 },
  total: { perMinute: 6000, burst: 1000 },
};

/** The names of the rates, in the order in which they are documented. */
export const rateNames = Object.keys(defaultSignInLimits).filter(
  (name): name is RateName => name !== "trustedHops",
);

export function effectiveSignInLimits(limits: SignInLimits | "off" = {}): EffectiveSignInLimits {
  return limits === "off" ? limits : { ...defaultSignInLimits, ...defined(limits) };
}

const maxHops = 9;
const maxRate = 60_000;

/** Checks that nginx accepts the kind and size of the numbers. */
export function signInLimitsProblems(path: string, limits: Partly<SignInLimits> | "off"): Problem[] {
  if (limits === "off") return [];
  const { trustedHops } = limits;
  return [
    ...(trustedHops === undefined ? [] : numberProblems(`${path}.trustedHops`, trustedHops, 0, maxHops)),
    ...rateNames.flatMap((name) => {
      const rate = limits[name];
      if (rate === undefined) return [];
      return [
        ...ofKnown(rate.perMinute, (known) => numberProblems(`${path}.${name}.perMinute`, known, 1, maxRate)),
        ...ofKnown(rate.burst, (known) => numberProblems(`${path}.${name}.burst`, known, 0, maxRate)),
      ];
    }),
  ];
}

function numberProblems(path: string, value: number, min: number, max: number): Problem[] {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [
    {
      path,
      value: found(value),
      reason: `is not a whole number from ${min} to ${max}`,
      fix: `Write one, or leave it out for the default.`,
    },
  ];
}
