import { setTimeout as sleep } from "node:timers/promises";
import { textAt, type Properties } from "../protocol/values";
import { groupOf, keyOf, type ObjectKey } from "./objects";

/** Resources are registered side by side: one that another needs may come a moment after it. */
const PATIENCE_MS = 2_000;
const POLL_MS = 50;

/** The namespaces and kinds that the same run makes, so that a preview can tell them from misspelt ones. */
export class Announcements {
  readonly #announced = new Set<string>();

  announce(object: Properties): void {
    const { apiVersion, kind, name } = keyOf(object);
    const group = groupOf(apiVersion);
    if (group === "" && kind === "Namespace") this.#announced.add(namespaceTag(name));
    if (group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition") {
      const made = textAt(object, "spec", "group") ?? "";
      this.#announced.add(kindTag(made, textAt(object, "spec", "names", "kind") ?? ""));
    }
  }

  expectsNamespace(name: string): Promise<boolean> {
    return this.#expects(namespaceTag(name));
  }

  expectsKind({ apiVersion, kind }: Pick<ObjectKey, "apiVersion" | "kind">): Promise<boolean> {
    return this.#expects(kindTag(groupOf(apiVersion), kind));
  }

  async #expects(tag: string): Promise<boolean> {
    for (let waited = 0; waited < PATIENCE_MS && !this.#announced.has(tag); waited += POLL_MS) {
      await sleep(POLL_MS);
    }
    return this.#announced.has(tag);
  }
}

function namespaceTag(name: string): string {
  return `namespace ${name}`;
}

function kindTag(group: string, kind: string): string {
  return `kind ${kind} of ${group}`;
}
