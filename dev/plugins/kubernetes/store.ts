import { textAt, textsAt, type Properties } from "../protocol/values";
import { APPLY_TYPE, ApiError, isNotFound, retryAfter, type ApiClient } from "./client";
import type { Announcements } from "./announcements";
import { collectionPath, type Discovery } from "./discovery";
import { DEFAULT_NAMESPACE, describe, describeKey, groupOf, keyOf, type ObjectKey } from "./objects";
import { pause, POLL_MS, REPORT_MS } from "./pause";

/** Owner of the fields that the program sets. */
const FIELD_MANAGER = "pulumi";

/** How long a namespace, or a kind after its CRD was made, may take to appear. */
const PATIENCE_MS = 15_000;

/** The groups whose objects have pods, which shall be gone before the object is. */
const WORKLOAD_GROUPS = ["apps", "batch"];

/** The API server's own, while it waits for the dependents. */
const FOREGROUND_FINALIZER = "foregroundDeletion";

/** The objects of a cluster. */
export class ObjectStore {
  constructor(
    readonly client: ApiClient,
    readonly discovery: Discovery,
    private readonly announcements: Announcements,
    private readonly cancelled: AbortSignal,
  ) {}

  /** @returns undefined when there is no such object, also when there is no such kind. */
  async find(key: ObjectKey): Promise<Properties | undefined> {
    const path = await this.#path(key);
    return path === undefined ? undefined : this.client.find(path);
  }

  /**
   * Server-side apply as a trial.
   *
   * @returns undefined when the API server cannot tell yet: the same run makes the namespace or kind that it needs.
   * @throws {Error} with the API server's reason
   */
  async rehearse(object: Properties): Promise<Properties | undefined> {
    const key = keyOf(object);
    const path = await this.#path(key);
    if (path === undefined) {
      if (await this.announcements.expectsKind(key)) return undefined;
      throw missingKind(object);
    }
    try {
      return await this.#apply(path, object, { dryRun: "All" });
    } catch (error) {
      if (isNamespaceMissing(error) && (await this.announcements.expectsNamespace(key.namespace ?? ""))) {
        return undefined;
      }
      throw refusal(object, error);
    }
  }

  /** @throws {Error} with the API server's reason */
  async apply(object: Properties): Promise<Properties> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const path = await this.#path(keyOf(object));
      const mayComeYet = Date.now() < until;
      if (path !== undefined) {
        try {
          return await this.#apply(path, object);
        } catch (error) {
          // Right after a CRD is established, requests for its objects may still find nothing.
          const isKindMissing = isNotFound(error) && textAt(error.status, "details", "name") === undefined;
          if (!mayComeYet || !(isKindMissing || isNamespaceMissing(error))) throw refusal(object, error);
        }
      } else if (!mayComeYet) {
        throw missingKind(object);
      }
      await pause(POLL_MS, this.cancelled);
    }
  }

  /** @throws {Error} when the object is still there after the timeout */
  async remove(key: ObjectKey, timeoutSeconds: number, report: (text: string) => void): Promise<void> {
    const path = await this.#path(key);
    if (path === undefined) return;
    const propagationPolicy = WORKLOAD_GROUPS.includes(groupOf(key.apiVersion)) ? "Foreground" : "Background";
    try {
      await this.client.send(path, { method: "DELETE", query: { propagationPolicy } });
    } catch (error) {
      if (isNotFound(error)) return;
      throw new Error(`${describeKey(key)}: the API server refuses to delete it: ${messageOf(error)}`, {
        cause: error,
      });
    }
    await this.#gone(key, path, timeoutSeconds, report);
  }

  async #gone(
    key: ObjectKey,
    path: string,
    timeoutSeconds: number,
    report: (text: string) => void,
  ): Promise<void> {
    const until = Date.now() + timeoutSeconds * 1000;
    let nextReport = Date.now() + REPORT_MS;
    let first: string | undefined;
    for (;;) {
      const left = await this.client.find(path);
      const uid = textAt(left, "metadata", "uid");
      first ??= uid;
      // Another object of the same name may have come meanwhile, from a controller.
      if (!left || uid !== first) return;
      if (Date.now() > until) {
        throw new Error(
          `${describeKey(key)}: still there ${String(timeoutSeconds)} s after its deletion${whatHolds(left)}`,
        );
      }
      if (Date.now() > nextReport) {
        report(`being deleted${whatHolds(left)}`);
        nextReport = Date.now() + REPORT_MS;
      }
      await pause(POLL_MS, this.cancelled);
    }
  }

  async #path({ namespace = DEFAULT_NAMESPACE, name, ...kind }: ObjectKey): Promise<string | undefined> {
    const info = await this.discovery.find(kind);
    return info && `${collectionPath(info, namespace)}/${encodeURIComponent(name)}`;
  }

  async #apply(
    path: string,
    object: Properties,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Properties> {
    for (;;) {
      try {
        return await this.client.send(path, {
          method: "PATCH",
          contentType: APPLY_TYPE,
          query: { fieldManager: FIELD_MANAGER, force: "true", ...query },
          body: object,
        });
      } catch (error) {
        const seconds = error instanceof ApiError ? retryAfter(error) : 0;
        if (seconds === 0) throw error;
        await pause(seconds * 1000, this.cancelled);
      }
    }
  }
}

function isNamespaceMissing(error: unknown): boolean {
  return isNotFound(error) && textAt(error.status, "details", "kind") === "namespaces";
}

function missingKind(object: Properties): Error {
  const { apiVersion, kind } = keyOf(object);
  return new Error(`${describe(object)}: the API server has no kind ${kind} in ${apiVersion}`);
}

function refusal(object: Properties, error: unknown): Error {
  return new Error(`${describe(object)}: the API server refuses it: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function whatHolds(object: Properties): string {
  const finalizers = textsAt(object, "metadata", "finalizers").filter(
    (name) => name !== FOREGROUND_FINALIZER,
  );
  return finalizers.length > 0 ? `; held by the finalizers ${finalizers.join(", ")}` : "";
}
