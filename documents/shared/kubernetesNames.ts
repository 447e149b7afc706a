import { boundedDnsLabel, dnsLabel, dnsName, maxDnsName } from "./dnsNames";
import { found, type Path, type Problem } from "./problem";

/** The form of an object's name: for most kinds a subdomain, for some a single label. */
type NameForm = "label" | "subdomain";

const forms: Readonly<Record<NameForm, { pattern: RegExp; max: number; characters: string }>> = {
  label: { pattern: new RegExp(`^${dnsLabel}$`), max: 63, characters: "letters, digits and hyphens" },
  subdomain: {
    pattern: new RegExp(`^${dnsName}$`),
    max: maxDnsName,
    characters: "letters, digits, hyphens and dots",
  },
};

/** Checks the name of a namespace. */
export function namespaceProblems(path: string, name: string): Problem[] {
  return nameProblems(path, name, "a namespace", "label");
}

/** Checks the name of a Service. */
export function serviceNameProblems(path: string, name: string): Problem[] {
  return nameProblems(path, name, "a Service", "label");
}

/**
 * Checks the name of any other object.
 * @param what the kind, with its article: "a Secret"
 */
export function objectNameProblems(path: string, name: string, what: string): Problem[] {
  return nameProblems(path, name, what, "subdomain");
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function nameProblems(path: string, name: string, what: string, form: NameForm): Problem[] {
  const { pattern, max, characters } = forms[form];
  if (name.length <= max && pattern.test(name)) return [];
  return [
    {
      path,
      value: found(name),
      reason: `is not the name of ${what}`,
      fix: `Use lower-case ${characters}, at most ${max} in all, with a letter or digit at both ends.`,
    },
  ];
}

/** A reference to a key of a Secret or ConfigMap in the gateway's namespace, as far as it is known. */
export interface KnownReference {
  readonly secretName?: unknown;
  readonly configMapName?: unknown;
  readonly key?: unknown;
}

/** Checks a reference to a value. Ignores a value that is no reference. */
export function referenceProblems(path: Path, reference: unknown): Problem[] {
  if (typeof reference !== "object" || reference === null) return [];
  const { secretName, configMapName, key } = reference as KnownReference;
  return [
    ...(typeof secretName === "string" ? objectNameProblems(path("secretName"), secretName, "a Secret") : []),
    ...(typeof configMapName === "string"
      ? objectNameProblems(path("configMapName"), configMapName, "a ConfigMap")
      : []),
    ...(typeof key === "string" ? dataKeyProblems(path("key"), key) : []),
  ];
}

/** @see https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
function dataKeyProblems(path: string, key: string): Problem[] {
  if (/^(?!\.\.?$|\.\.)[-._a-zA-Z0-9]{1,253}$/.test(key)) return [];
  return [
    {
      path,
      value: found(key),
      reason: "is not a key that a Secret or ConfigMap can have",
      fix: 'Use letters, digits, hyphens, underscores and dots, for example "ca.crt".',
    },
  ];
}

/** Checks a port number. */
export function portProblems(path: string, port: number): Problem[] {
  if (Number.isInteger(port) && port > 0 && port < 65536) return [];
  return [{ path, value: found(port), reason: "is not a port", fix: "Write a number from 1 to 65535." }];
}

/** Checks a number that must be at least one. */
export function countProblems(path: string, count: number, example: number): Problem[] {
  if (Number.isSafeInteger(count) && count > 0) return [];
  return [
    {
      path,
      value: found(count),
      reason: "is not a whole number above 0",
      fix: `Write for example ${example}.`,
    },
  ];
}

const namePart = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const keyPattern = new RegExp(`^(?:${dnsName}/)?${namePart}$`);
const valuePattern = new RegExp(`^(?:${namePart})?$`);

/**
 * Checks labels.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function labelsProblems(path: string, labels: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const ofKey = keyProblems(path, key, "label");
    if (ofKey.length > 0 || typeof value !== "string" || valuePattern.test(value)) return ofKey;
    return [
      {
        path: `${path}[${found(key)}]`,
        value: found(value),
        reason: "is not the value of a label",
        fix: "Use at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends.",
      },
    ];
  });
}

/** Checks the names of annotations; their values may be anything. */
export function annotationsProblems(path: string, annotations: Readonly<Record<string, unknown>>): Problem[] {
  // The API server compares names in lower case.
  return Object.keys(annotations).flatMap((key) =>
    keyPattern.test(key.toLowerCase()) ? [] : keyProblems(path, key, "annotation"),
  );
}

function keyProblems(path: string, key: string, what: string): Problem[] {
  if (key.length <= 317 && keyPattern.test(key)) return [];
  return [
    {
      path,
      value: found(key),
      reason: `is not the name of ${what === "annotation" ? "an" : "a"} ${what}`,
      fix: 'Use letters, digits, hyphens, underscores and dots, at most 63 behind a slash if there is one, for example "app.kubernetes.io/name".',
    },
  ];
}

/** The pattern of a name by which services refer to something of the gateway; it may be a label of a host. */
export const givenNamePattern = boundedDnsLabel;

/**
 * Checks such a name.
 *
 * @param reason what a wrong one is not
 */
export function givenNameProblems(path: string, text: string, reason: string): Problem[] {
  if (new RegExp(`^${givenNamePattern}$`).test(text)) return [];
  return [
    {
      path,
      value: found(text),
      reason,
      fix: "Use lower-case letters, digits and hyphens, at most 63, with a letter or digit at both ends.",
    },
  ];
}
