import { found, type Problem } from "./problem";

/** A length of time that Kratos, Oathkeeper and nginx all read alike, for example `24h`, `15m` or `5s`. */
export type Duration = `${number}${"s" | "m" | "h"}`;

const shape = /^[1-9][0-9]{0,6}[smh]$/;

/** Go counts nanoseconds in 63 bits. */
const mostHours = 2_562_047;

/** Checks that a text is a {@link Duration}: untyped code can still pass `"1.5h"`. */
export function durationProblems(path: string, value: string): Problem[] {
  const isLength = isDuration(value);
  if (isLength && seconds(value) <= mostHours * secondsOf.h) return [];
  return [
    {
      path,
      value: found(value),
      reason: isLength
        ? `is longer than ${mostHours} hours`
        : "is not a whole number of seconds, minutes or hours",
      fix: 'Write for example "5s", "15m" or "24h".',
    },
  ];
}

function isDuration(value: string): value is Duration {
  return shape.test(value);
}

const secondsOf = { s: 1, m: 60, h: 3600 } as const;

/** The length of time in seconds. */
export function seconds(duration: Duration): number {
  const unit = duration.slice(-1) as keyof typeof secondsOf;
  return Number(duration.slice(0, -1)) * secondsOf[unit];
}
