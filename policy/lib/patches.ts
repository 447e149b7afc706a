import { valueAt } from "./documents";
import { isNamed, namespaceOf, type KubernetesObject } from "./objects";
import { ifKnown } from "./unknown";
import { isRecord } from "../../documents/shared/record";

/**
 * An object after a patch, if the stack also creates the object: a Service keeps its ports although the patch names only
 * its type. Lists in the patch replace those of the object.
 */
export function asPatched(patch: KubernetesObject, whole: readonly KubernetesObject[]): KubernetesObject {
  const { metadata, group, kind } = patch;
  const target = whole.find((object) =>
    ifKnown(
      () =>
        metadata.name !== undefined &&
        object.group === group &&
        object.kind === kind &&
        isNamed(object, namespaceOf(patch), metadata.name),
    ),
  );
  if (!target) return patch;
  return { ...patch, metadata, properties: overlaid(target.properties, patch.properties) };
}

/** Reads values only when they are needed: a preview may not know some of them. */
function overlaid(base: object, over: object): Readonly<Record<string, unknown>> {
  const result = {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(over)]))
    Object.defineProperty(result, key, {
      enumerable: true,
      get: () => {
        const [below, above] = [base, over].map((one) => valueAt(one, key));
        if (!(key in over)) return below;
        return isRecord(below) && isRecord(above) ? overlaid(below, above) : above;
      },
    });
  return result;
}

/**
 * Whether a patch writes the property at a problem's path. What it omits was set by somebody else, and no policy can check
 * it.
 */
export function writes({ properties }: KubernetesObject, path: string): boolean {
  // The provider keeps the program's inputs beside the cluster's answer.
  let value: unknown = properties["__inputs"] ?? properties;
  for (const [plain, quoted] of path.matchAll(/"([^"]*)"|[^.[\]"]+/g)) {
    // The rest of the path is inside a document.
    if (typeof value === "string") return true;
    const inner = ifKnown(() => ({ value: valueAt(value, quoted ?? plain) }));
    if (!inner) return true;
    if (inner.value === undefined) return false;
    ({ value } = inner);
  }
  return true;
}
