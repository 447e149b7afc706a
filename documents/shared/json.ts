/** The value of a JSON text; undefined if it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The size of a value as Go writes it in JSON: it also escapes characters with a meaning in HTML, each as six bytes. */
export function goJsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, String.raw`\u0000`));
}
