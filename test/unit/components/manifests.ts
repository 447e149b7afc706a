import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../../../dev/checkout";
import type { Fields, Json, Recorded, Registered } from "../mocks";

const scriptFolder = join(checkout, "components", "scripts");
const scripts = new Map(
  globSync(join(scriptFolder, "**/*.*")).map((file) => [readFileSync(file, "utf8"), basename(file)] as const),
);

/** What a program asks the engine for, as YAML: each resource with its options and inputs, secrets hidden. */
export function manifests(made: Recorded): string {
  return made.inOrder.map((resource) => stringify(entry(resource), { lineWidth: 0 })).join("---\n");
}

function entry({ type, name, options, after, visible }: Registered): object {
  return {
    resource: `${type} ${name}`,
    ...(Object.keys(options).length > 0 && { options }),
    // What a component waits for follows from its children.
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

/** A script is told by the name of its file, and JSON is read: its layout is nobody's business. */
function readable(text: Json): Json {
  if (typeof text !== "string") return text;
  const script = scripts.get(text);
  if (script !== undefined) return `the script ${script}`;
  return text.startsWith("{") ? (JSON.parse(text) as Json) : text;
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
