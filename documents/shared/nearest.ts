/** The candidate that a misspelt word probably means: it is at most two letters away, and some of the word's letters remain. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter((one) => one.distance <= 2 && one.distance * 2 <= word.length + 1 && one.distance < word.length)
    .sort((one, other) => one.distance - other.distance);
  return near[0]?.candidate;
}

/** The number of letters to insert, delete or change. */
function distance(one: string, other: string): number {
  const first = Array.from({ length: other.length + 1 }, (_, at) => at);
  const last = Array.from(one).reduce<readonly number[]>(
    (above, letter, row) =>
      Array.from(other).reduce<readonly number[]>(
        (line, compared, at) => [
          ...line,
          Math.min(
            (line[at] ?? 0) + 1,
            (above[at + 1] ?? 0) + 1,
            (above[at] ?? 0) + (letter === compared ? 0 : 1),
          ),
        ],
        [row + 1],
      ),
    first,
  );
  return last[other.length] ?? 0;
}
