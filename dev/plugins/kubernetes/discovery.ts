import { at, listAt, textAt } from "../protocol/values";
import type { ApiClient } from "./client";
import type { ObjectKey } from "./objects";

/** Where the API server has the objects of a kind. */
export interface KindInfo {
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Asks the API server for its kinds, once for each group and version. */
export class Discovery {
  readonly #client: ApiClient;
  readonly #known = new Map<string, Promise<ReadonlyMap<string, KindInfo>>>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @returns undefined when the API server does not have the kind, for example because its CRD is not there yet. */
  async find({ apiVersion, kind }: Pick<ObjectKey, "apiVersion" | "kind">): Promise<KindInfo | undefined> {
    let kinds = this.#known.get(apiVersion);
    if (!kinds) {
      kinds = this.#load(apiVersion);
      this.#known.set(apiVersion, kinds);
    }
    try {
      const found = (await kinds).get(kind);
      if (!found) this.#known.delete(apiVersion);
      return found;
    } catch (error) {
      this.#known.delete(apiVersion);
      throw error;
    }
  }

  async #load(apiVersion: string): Promise<ReadonlyMap<string, KindInfo>> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resources = listAt(await this.#client.find(root), "resources");
    return new Map(
      resources.flatMap((resource): [string, KindInfo][] => {
        const plural = textAt(resource, "name") ?? "";
        if (plural.includes("/")) return []; // a subresource
        const namespaced = at(resource, "namespaced") === true;
        return [[textAt(resource, "kind") ?? "", { root, plural, namespaced }]];
      }),
    );
  }
}

export function collectionPath(
  { root, plural, namespaced }: KindInfo,
  namespace: string | undefined,
): string {
  return namespaced && namespace !== undefined
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}
