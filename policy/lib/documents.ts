import { parse } from "yaml";
import { isA, type KubernetesObject } from "./objects";
import { ofEach } from "./unknown";

export type Document = Readonly<Record<string, unknown>>;

type VisitText<Result> = (path: string, text: string, name: string) => Iterable<Result>;

/** Visits every text of a ConfigMap. */
export function* ofEachText<Result>(object: KubernetesObject, visit: VisitText<Result>): Generator<Result> {
  if (isA(object, "", "ConfigMap")) yield* ofEachTextOf(object, "data", visit);
}

/** Visits every text of a ConfigMap or Secret. */
export function* ofEachStoredText<Result>(
  object: KubernetesObject,
  visit: VisitText<Result>,
): Generator<Result> {
  yield* ofEachText(object, visit);
  if (!isA(object, "", "Secret")) return;
  yield* ofEach(["stringData", "data"] as const, (property) =>
    ofEachTextOf(object, property, (path, text, name) =>
      visit(path, property === "data" ? Buffer.from(text, "base64").toString() : text, name),
    ),
  );
}

function* ofEachTextOf<Result>(
  object: KubernetesObject,
  property: "data" | "stringData",
  visit: VisitText<Result>,
): Generator<Result> {
  const texts = (object.properties[property] ?? {}) as Readonly<Record<string, string>>;
  yield* ofEach(Object.keys(texts), (name) =>
    visit(`${property}[${JSON.stringify(name)}]`, texts[name] ?? "", name),
  );
}

/** Visits every configuration file of a ConfigMap or Secret that is JSON or YAML. */
export function* ofEachDocument<Result>(
  object: KubernetesObject,
  visit: (path: string, document: Document) => Iterable<Result>,
): Generator<Result> {
  yield* ofEachStoredText(object, function* (path, text, name) {
    const document = documentOf(name, text);
    if (document) yield* visit(path, document);
  });
}

/** The document in a file; undefined if there is none. */
export function documentOf(file: string, text: string): Document | undefined {
  if (!/\.(json|ya?ml)$/.test(file)) return undefined;
  try {
    const document: unknown = file.endsWith(".json") ? JSON.parse(text) : parse(text);
    return typeof document === "object" && document !== null ? (document as Document) : undefined;
  } catch {
    return undefined;
  }
}

/** The value at a path of a document. */
export function valueAt(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    document,
  );
}
