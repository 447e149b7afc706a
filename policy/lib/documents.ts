import { parse } from "yaml";
import { isA, type KubernetesObject } from "./objects";
import { ofEach } from "./unknown";

export type Document = Readonly<Record<string, unknown>>;

/** Visits every text of a ConfigMap. */
export function* ofEachText<Result>(
  object: KubernetesObject,
  visit: (path: string, text: string, name: string) => Iterable<Result>,
): Generator<Result> {
  if (!isA(object, "", "ConfigMap")) return;
  const data = (object.properties["data"] ?? {}) as Readonly<Record<string, string>>;
  yield* ofEach(Object.keys(data), (name) => visit(`data[${JSON.stringify(name)}]`, data[name] ?? "", name));
}

/** Visits every configuration file of a ConfigMap that is JSON or YAML. */
export function* ofEachDocument<Result>(
  object: KubernetesObject,
  visit: (path: string, document: Document) => Iterable<Result>,
): Generator<Result> {
  yield* ofEachText(object, function* (path, text, name) {
    const document = documentOf(name, text);
    if (document) yield* visit(path, document);
  });
}

/** The document in a file; undefined where it is none. */
export function documentOf(file: string, text: string): Document | undefined {
  if (!/\.(json|ya?ml)$/.test(file)) return undefined;
  try {
    const document: unknown = file.endsWith(".json") ? JSON.parse(text) : parse(text);
    return typeof document === "object" && document !== null ? (document as Document) : undefined;
  } catch {
    return undefined;
  }
}

/** The value at some path of a document. */
export function valueAt(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    document,
  );
}
