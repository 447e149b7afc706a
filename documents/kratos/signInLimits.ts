import { defined } from "../shared/defined";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Problem } from "../shared/problem";

/** How often something may happen. */
export interface Rate {
  /** In the long run. */
  readonly perMinute: number;
  /** How many at once, on top of that. */
  readonly burst: number;
}

/**
 * How often browsers may make the identity server work, in each of its pods. What is more is answered 429 and reaches
 * neither Kratos nor the database. A client is an IPv4 address, or the first 64 bits of an IPv6 one: people of an office
 * often are one.
 */
export interface SignInLimits {
  /**
   * How many proxies in front of the identity server add an address to `X-Forwarded-For`, the ingress controller among
   * them: the client is that many entries from its end. 0 takes the address that connects. Where a load balancer hides
   * addresses, all clients are one.
   * @default 1
   */
  readonly trustedHops?: number;
  /**
   * Of one client: sign-ins, and changes of an account, that are begun; each is a row in the database.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly starts?: Rate;
  /**
   * Of one client: forms that are sent, and sign-outs.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly submits?: Rate;
  /**
   * Of one client: returns from a login provider.
   * @default { perMinute: 300, burst: 100 }
   */
  readonly callbacks?: Rate;
  /**
   * Of one client: forms of a second step, and of signing in again. Kratos itself does not count wrong codes.
   * @default { perMinute: 120, burst: 120 }
   */
  readonly secondSteps?: Rate;
  /**
   * The same, of one session.
   * @default { perMinute: 3, burst: 10 }
   */
  readonly secondStepsOfSession?: Rate;
  /**
   * Of all clients together: starts, submits and callbacks.
   * @default { perMinute: 6000, burst: 1000 }
   */
  readonly total?: Rate;
}

type RateName = Exclude<keyof SignInLimits, "trustedHops">;

/** The limits with every default filled in, or none. */
export type EffectiveSignInLimits = Required<SignInLimits> | "off";

/** What each limit is where it is left out. */
export const defaultSignInLimits: Required<SignInLimits> = {
  trustedHops: 1,
  starts: { perMinute: 300, burst: 100 },
  submits: { perMinute: 300, burst: 100 },
  callbacks: { perMinute: 300, burst: 100 },
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

/** Checks that numbers are of the kind and size that nginx takes. */
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
