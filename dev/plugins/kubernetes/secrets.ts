import { isProperties, propertiesAt, secret, textAt, type Properties } from "../protocol/values";

const SENSITIVE = ["data", "stringData"] as const;

function isSecret(object: Properties): boolean {
  return textAt(object, "apiVersion") === "v1" && textAt(object, "kind") === "Secret";
}

/** Marks what a Secret holds, whether or not the program did. */
export function withSecretsMarked(object: Properties): Properties {
  if (!isSecret(object)) return object;
  const marked = SENSITIVE.flatMap((field) => {
    const value = object[field];
    return isProperties(value) ? [[field, secret(value)] as const] : [];
  });
  return { ...object, ...Object.fromEntries(marked) };
}

/** The live object with the `stringData` that the API server turned into `data`. */
export function withStringData(live: Properties, inputs: Properties): Properties {
  if (!isSecret(live) || !("stringData" in inputs)) return live;
  const data = propertiesAt(live, "data");
  const names = Object.keys(propertiesAt(inputs, "stringData")).filter((name) => name in data);
  return {
    ...live,
    stringData: Object.fromEntries(
      names.map((name) => [name, Buffer.from(textAt(data, name) ?? "", "base64").toString()]),
    ),
  };
}
