/** A measured value: the median of its repetitions, and the extremes as their spread. */
export interface Measured {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly repetitions: number;
}

/** @throws RangeError if there are no values */
export function measured(values: readonly number[]): Measured {
  return {
    median: quantile(values, 0.5),
    min: Math.min(...values),
    max: Math.max(...values),
    repetitions: values.length,
  };
}

/** The value below which a share of the values lies, by the nearest rank. The median of an even count is the mean of both. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const last = sorted.length - 1;
  if (last < 0) throw new RangeError("no values");
  const at = (index: number) => sorted[Math.min(Math.max(index, 0), last)] ?? NaN;
  if (share === 0.5 && sorted.length % 2 === 0) return (at(last >> 1) + at((last >> 1) + 1)) / 2;
  return at(Math.ceil(share * sorted.length) - 1);
}

/**
 * The ratio of two series that were measured in turns: the median of each turn's ratios, so that what slows the machine
 * down for a while slows down both.
 * @throws RangeError if the series differ in length
 */
export function pairedRatio(numerators: readonly number[], denominators: readonly number[]): Measured {
  if (numerators.length !== denominators.length) throw new RangeError("the series differ in length");
  return measured(numerators.map((value, turn) => value / (denominators[turn] ?? NaN)));
}

/** Runs every subject once per turn, so that all meet the same conditions. Every other turn has the reverse order. */
export async function inTurns<Name extends string, Result>(
  turns: number,
  subjects: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(subjects) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as unknown as Record<
    Name,
    Result[]
  >;
  for (let turn = 0; turn < turns; turn += 1) {
    for (const name of turn % 2 === 0 ? names : names.toReversed())
      results[name].push(await subjects[name]());
  }
  return results;
}
