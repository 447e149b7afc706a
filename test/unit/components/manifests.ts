import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../../../dev/checkout";
import type { Fields, Json, Recorded, Registered } from "../mocks";

const scriptFolder = join(checkout, "components", "scripts");
const scripts = new Map(
  globSync(join(scriptFolder, "**/*.*")).map((file) => [readFileSync(file, "utf8"), basename(file)] as const),
);

/** A program's requests to the engine, as YAML: each resource with its options and inputs, secrets hidden. */
export function manifests(made: Recorded): string {
  return made.inOrder.map((resource) => stringify(entry(resource), { lineWidth: 0 })).join("---\n");
}

/** A program compared with another: new resources in full, changed ones by their properties, removed ones by name. */
export function manifestsBeside(other: Recorded, made: Recorded): string {
  const before = new Map(other.inOrder.map((resource) => [identityOf(resource), resource]));
  const changes = made.inOrder.flatMap((resource) => {
    const earlier = before.get(identityOf(resource));
    before.delete(identityOf(resource));
    if (!earlier) return [entry(resource)];
    const change = changeOf(plain(entry(earlier)), plain(entry(resource)));
    return change === undefined ? [] : [{ changed: identityOf(resource), ...(change as Fields) }];
  });
  return [...changes, ...[...before.keys()].map((gone) => ({ gone }))]
    .map((change) => stringify(change, { lineWidth: 0 }))
    .join("---\n");
}

function identityOf({ type, name }: Registered): string {
  return `${type} ${name}`;
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The properties that differ, with their new values; for lists of names the added and removed ones, for others the entries. */
function changeOf(before: Json | undefined, after: Json | undefined): Json | undefined {
  if (after === undefined) return "[gone]";
  if (isNames(before) && isNames(after)) return differenceOf(before, after);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return changeOf(Object.fromEntries(before.entries()), Object.fromEntries(after.entries()));
  if (!isFields(before) || !isFields(after))
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  const changes = Object.keys({ ...before, ...after }).flatMap((key) => {
    const change = key in before ? changeOf(before[key], after[key]) : after[key];
    return change === undefined ? [] : [[key, change] as const];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

function differenceOf(before: readonly string[], after: readonly string[]): Json | undefined {
  const changes = [
    ...after.filter((name) => !before.includes(name)).map((name) => `+ ${name}`),
    ...before.filter((name) => !after.includes(name)).map((name) => `- ${name}`),
  ];
  return changes.length === 0 ? undefined : changes;
}

/** What a resource depends on; the order has no meaning. */
function isNames(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string" && name.includes(" "));
}

function entry({ type, name, options, after, visible }: Registered): object {
  return {
    resource: `${type} ${name}`,
    ...(Object.keys(options).length > 0 && { options }),
    // What a component depends on follows from its children.
    ...(after.length > 0 && type.startsWith("kubernetes:") && { dependsOn: [...after].sort() }),
    inputs: shortened(type, visible),
  };
}

function shortened(type: string, inputs: Fields): Fields {
  if (type.endsWith(":CustomResourceDefinition")) return { spec: "the pinned document ruleCrd.json" };
  const data = inputs["data"];
  if (!type.endsWith(":ConfigMap") || !isFields(data)) return inputs;
  return {
    ...inputs,
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, readable(text)])),
  };
}

/** A script is replaced by its file name, and JSON is parsed: its layout does not matter. */
function readable(text: Json): Json {
  if (typeof text !== "string") return text;
  const script = scripts.get(text);
  if (script !== undefined) return `the script ${script}`;
  return text.startsWith("{") ? (JSON.parse(text) as Json) : text;
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
