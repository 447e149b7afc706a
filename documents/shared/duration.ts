import { found, type Problem } from "./problem";

/** A length of time that Kratos, Oathkeeper and nginx all read alike, for example `24h`, `15m` or `5s`. */
export type Duration = `${number}${"s" | "m" | "h"}`;

const shape = /^[1-9][0-9]{0,6}[smh]$/;

/** Checks that a text is a {@link Duration}; plain code can still write `"1.5h"` past the type. */
export function durationProblems(path: string, value: string): Problem[] {
  if (shape.test(value)) return [];
  return [
    {
      path,
      value: found(value),
      reason: "is not a whole number of seconds, minutes or hours",
      fix: 'Write for example "5s", "15m" or "24h".',
    },
  ];
}

const secondsOf = { s: 1, m: 60, h: 3600 } as const;

/** The length of time in seconds. */
export function seconds(duration: Duration): number {
  const unit = duration.slice(-1) as keyof typeof secondsOf;
  return Number(duration.slice(0, -1)) * secondsOf[unit];
}
