/** A string literal of the Common Expression Language, whose escapes are JSON's. */
export function text(value: string): string {
  return JSON.stringify(value);
}

/** A list of string literals. */
export function list(values: readonly string[]): string {
  return JSON.stringify(values);
}

/** A regular expression that matches this host name and nothing else. */
export function escaped(name: string): string {
  return name.replaceAll(".", "[.]");
}

/** The value of an annotation, or the empty string. */
export function annotation(metadata: string, name: string): string {
  return `${metadata}.?annotations[?${text(name)}].orValue("")`;
}

/** The comma-separated parts of a text. */
export function commaSeparated(value: string): string {
  return `${value}.split(",").map(name, name.trim())`;
}

/** CEL: a handler's configuration has these settings and no others. */
export function only(handler: string, settings: readonly string[]): string {
  const present = settings.map((name) => `has(${handler}.config.${name})`);
  return [
    `has(${handler}.config)`,
    ...present,
    `${handler}.config.all(name, name in ${list(settings)})`,
  ].join(" && ");
}
