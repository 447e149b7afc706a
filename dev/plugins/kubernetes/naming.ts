import { createHash, randomBytes } from "node:crypto";
import { propertiesAt, textAt, type Properties } from "../protocol/values";
import { annotation, annotations, DEFAULT_NAMESPACE } from "./objects";

const SUFFIX_LENGTH = 8;

export function isAutonamed(inputs: Properties): boolean {
  return annotation(inputs, annotations.autonamed) === "true";
}

/**
 * Inputs with a name: the given one, else that of the last run, else the resource's own with a suffix, so that a
 * replacement can exist before its predecessor is gone.
 */
export function withName(
  inputs: Properties,
  { name, oldInputs, seed }: { name: string; oldInputs: Properties; seed: Uint8Array },
): Properties {
  const metadata = propertiesAt(inputs, "metadata");
  if ("name" in metadata) return inputs;
  const kept = isAutonamed(oldInputs) ? textAt(oldInputs, "metadata", "name") : undefined;
  return {
    ...inputs,
    metadata: {
      ...metadata,
      name: kept ?? `${name}-${suffix(seed)}`,
      annotations: { ...propertiesAt(metadata, "annotations"), [annotations.autonamed]: "true" },
    },
  };
}

export function withNamespace(inputs: Properties): Properties {
  const metadata = propertiesAt(inputs, "metadata");
  return "namespace" in metadata
    ? inputs
    : { ...inputs, metadata: { ...metadata, namespace: DEFAULT_NAMESPACE } };
}

function suffix(seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(SUFFIX_LENGTH);
  return bytes.toString("hex").slice(0, SUFFIX_LENGTH);
}
