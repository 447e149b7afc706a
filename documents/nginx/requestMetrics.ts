/** Upper bounds of the buckets of all histograms, in seconds. */
export const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/**
 * What the script counts a request by: its buckets and labels, and behind those its times, unless they are nothing. A
 * variable and a step of the script cost each request microseconds, so nginx puts the counter's name together.
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

/** Lines of a map: the number of the first bucket that a time is in, which stands behind `before`. */
function buckets(before: string): string {
  return durationBounds.map((bound, bucket) => `  "~^${before}${atMost(bound)}$" ${bucket};\n`).join("");
}

/** Matches a time as nginx writes it, `0.004`, that is not above a bound. */
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
