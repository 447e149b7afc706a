/** A Kubernetes object, as far as its file is named after it. */
export interface NamedObject {
  /** The engine's name for it, which is known before the cluster's. */
  readonly urn: string;
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  /** Undefined if it has none. */
  readonly namespace?: string | undefined;
  /** Undefined if only an update knows it. */
  readonly name?: string | undefined;
}

/** A name for each object's file. All are different, even on a file system that ignores case. */
export function fileNames(objects: readonly NamedObject[]): string[] {
  const forms = [{}, { hasGroup: true }, { hasGroup: true, hasLogical: true }] as const;
  const [short, grouped, full] = forms.map((form) => objects.map((object) => nameOf(object, form)));
  return numbered(longerWhereShared(longerWhereShared(short, grouped), full));
}

interface Form {
  readonly hasGroup?: boolean;
  readonly hasLogical?: boolean;
}

function nameOf(
  { apiVersion = "", kind, name, namespace, urn }: NamedObject,
  { hasGroup = false, hasLogical = false }: Form,
): string {
  const logical = urn.split("::").slice(3).join("::");
  const group = hasGroup && apiVersion.includes("/") ? apiVersion.split("/")[0] : undefined;
  const parts = [kind.toLowerCase(), group, namespace, name ?? logical];
  return [...parts, hasLogical && name !== undefined ? logical : undefined]
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/[/\\]/g, "-"))
    .join(".");
}

function longerWhereShared(names: readonly string[] = [], longer: readonly string[] = []): string[] {
  const plain = names.map((name) => name.toLowerCase());
  const isShared = (name: string) => plain.indexOf(name) !== plain.lastIndexOf(name);
  return names.map((name, at) => (isShared(name.toLowerCase()) ? (longer[at] ?? name) : name));
}

function numbered(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number++) unique = `${name}.${number}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
