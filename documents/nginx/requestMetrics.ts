/** Upper bounds of the buckets of all histograms, in seconds. */
export const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/**
 * By what the script counts a request: its buckets and labels, followed by its times, unless those are zero. A variable and
 * a step of the script cost each request microseconds, so nginx composes the counter's name.
 */
export const requestMetricsContext = `map $request_time $request_bucket {
${buckets("")}  default ${durationBounds.length};
}
# Where one address failed there are two times, "0.001, 0.020". Without a rule there is no upstream.
map "$rule $upstream_header_time" $upstream_bucket {
${buckets("\\S+ (?:.* )?")}  "~^\\S+ .*\\d$" ${durationBounds.length};
  default -;
}
map "$upstream_header_time|$request_time" $counted_times {
  "~^(?:0[.]000|-|)[|]0[.]000$" "";
  default "$upstream_header_time|$request_time";
}
map $named_rule $counted_request {
  default "requests $request_bucket $upstream_bucket $counted_status $decision $reason $rule|$counted_times";
}
`;

/** Lines of a map from a time, which stands behind `before`, to the number of the first bucket that it is in. */
function buckets(before: string): string {
  return durationBounds.map((bound, bucket) => `  "~^${before}${atMost(bound)}$" ${bucket};\n`).join("");
}

/** Matches a time as nginx writes it, `0.004`, that is at most a bound. */
function atMost(seconds: number): string {
  const bound = seconds.toFixed(3);
  const any = (digits: string) => digits.replaceAll(/\d/g, String.raw`\d`);
  const smaller = Array.from(
    bound.matchAll(/[1-9]/g),
    ({ 0: digit, index }) => `${bound.slice(0, index)}[0-${Number(digit) - 1}]${any(bound.slice(index + 1))}`,
  );
  const shorter = Array.from({ length: bound.indexOf(".") - 1 }, (_, digits) => any(bound.slice(digits + 1)));
  return `(?:${[...smaller, ...shorter, bound].join("|").replaceAll(".", "[.]")})`;
}
