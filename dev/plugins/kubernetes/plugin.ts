import {
  NotReadyError,
  type CheckAnswer,
  type CheckRequest,
  type Context,
  type CreateRequest,
  type DeleteRequest,
  type DiffAnswer,
  type DiffRequest,
  type Live,
  type Plugin,
  type ReadRequest,
  type UpdateRequest,
} from "../protocol/plugin";
import { containsUnknown, differences, textAt, withoutNulls, type Properties } from "../protocol/values";
import { Announcements } from "./announcements";
import { ApiClient } from "./client";
import { Discovery } from "./discovery";
import { readKubeconfig } from "./kubeconfig";
import { isAutonamed, withName, withNamespace } from "./naming";
import {
  annotation,
  annotations,
  describe,
  idOf,
  keyFromId,
  keyOf,
  parseType,
  withoutBookkeeping,
} from "./objects";
import { projected } from "./projection";
import { parseWaitFor } from "./readiness/waitFor";
import { reasonsNotReady, untilReady } from "./readiness/wait";
import { replacedPaths } from "./replacement";
import { withSecretsMarked, withStringData } from "./secrets";
import { ObjectStore } from "./store";

const OPTIONS = ["kubeconfig", "context"];
const DELETE_TIMEOUT_SECONDS = 600;

/**
 * Stands in for the official `kubernetes` plugin where that cannot be installed.
 *
 * It brings single objects of every kind to the API server by server-side apply, and waits until they work. Charts,
 * files, patches and lists are left out.
 */
export class KubernetesPlugin implements Plugin {
  readonly #context: Context;
  /** The names that resources of this stack have had so far: a replacement may take over its predecessor's. */
  readonly #held = new Map<string, string>();
  readonly #announcements = new Announcements();
  #options: Readonly<Record<string, string>> = {};
  #openStore: ObjectStore | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  configure(options: Readonly<Record<string, string>>): void {
    const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name) && name !== "version");
    if (unknown.length > 0) {
      throw new Error(
        `the stand-in has no provider option ${unknown.join(", ")}; it has ${OPTIONS.join(", ")}`,
      );
    }
    this.#options = options;
    this.#context.engine.info("kubernetes: a stand-in of Portcullis' test tooling, not the official plugin");
  }

  async check({ urn, type, name, inputs: given, oldInputs, seed }: CheckRequest): Promise<CheckAnswer> {
    const pruned = withoutNulls(given);
    const { kind } = parseType(type);
    if (textAt(pruned, "kind") !== kind || textAt(pruned, "apiVersion") === undefined) {
      return {
        inputs: pruned,
        failures: [{ property: "kind", reason: `the stand-in does not make ${type}` }],
      };
    }
    if (Object.keys(oldInputs).length > 0) this.#held.set(urn, idOf(oldInputs));
    const waitFor = annotation(pruned, annotations.waitFor);
    if (waitFor !== undefined) parseWaitFor(waitFor);
    const named = withName(pruned, { name, oldInputs, seed });
    const inputs = (await this.#needsNamespace(named, oldInputs)) ? withNamespace(named) : named;
    this.#announcements.announce(inputs);
    return { inputs: withSecretsMarked(inputs) };
  }

  diff({ inputs, oldInputs }: DiffRequest): DiffAnswer {
    const changed = differences(oldInputs, inputs);
    const replaced = replacedPaths(changed, inputs, oldInputs);
    const takesName = !isAutonamed(inputs) && idOf(inputs) === idOf(oldInputs);
    return { changed, replaced, deleteBeforeReplace: replaced.length > 0 && takesName };
  }

  async create({ urn, inputs, preview, timeoutSeconds }: CreateRequest): Promise<Live> {
    const id = idOf(inputs);
    if (preview) {
      // The predecessor is in the way of a trial only because it is not deleted in a preview.
      const isRehearsable = !containsUnknown(inputs) && this.#held.get(urn) !== id;
      if (isRehearsable) {
        await this.#refuseExisting(inputs);
        await this.#store.rehearse(inputs);
      }
      return { id: "", outputs: withSecretsMarked(inputs) };
    }
    await this.#refuseExisting(inputs);
    const applied = await this.#store.apply(inputs);
    return { id, outputs: await this.#whenReady(urn, inputs, applied, timeoutSeconds) };
  }

  async update({ urn, inputs, preview, timeoutSeconds }: UpdateRequest): Promise<Properties> {
    if (preview) {
      const rehearsed = containsUnknown(inputs) ? undefined : await this.#store.rehearse(inputs);
      return rehearsed ? outputsOf(rehearsed, inputs) : withSecretsMarked(inputs);
    }
    const applied = await this.#store.apply(inputs);
    return this.#whenReady(urn, inputs, applied, timeoutSeconds);
  }

  async read({ type, id, inputs }: ReadRequest): Promise<(Live & { inputs: Properties }) | undefined> {
    const found = await this.#store.find(keyFromId(type, id));
    if (!found) return undefined;
    const live = withStringData(withoutBookkeeping(found), inputs);
    const isOurs = Object.keys(inputs).length > 0;
    const read = {
      id,
      outputs: withSecretsMarked(live),
      inputs: withSecretsMarked(isOurs ? projected(inputs, live) : live),
    };
    // Else a refresh would forget that the last run gave up waiting, and the next one would leave it at that.
    const reasons = isOurs ? await reasonsNotReady(found, this.#store.client) : [];
    if (reasons.length > 0) throw new NotReadyError(read, reasons);
    return read;
  }

  async delete({ urn, type, id, timeoutSeconds }: DeleteRequest): Promise<void> {
    await this.#store.remove(keyFromId(type, id), timeoutSeconds ?? DELETE_TIMEOUT_SECONDS, (text) => {
      this.#context.engine.status(urn, text);
    });
  }

  get #store(): ObjectStore {
    this.#openStore ??= this.#open();
    return this.#openStore;
  }

  #open(): ObjectStore {
    const kubeconfig = this.#options["kubeconfig"] ?? process.env["KUBECONFIG"];
    if (kubeconfig === undefined || kubeconfig === "") {
      throw new Error("no cluster given: set the provider option kubeconfig or the variable KUBECONFIG");
    }
    const { cancelled } = this.#context;
    const client = new ApiClient(readKubeconfig(kubeconfig, this.#options["context"]), cancelled);
    return new ObjectStore(client, new Discovery(client), this.#announcements, cancelled);
  }

  /** An object that was made before its kind could be looked up stays as it is: a new namespace means a new object. */
  async #needsNamespace(object: Properties, oldInputs: Properties): Promise<boolean> {
    const isOld = Object.keys(oldInputs).length > 0;
    if (isOld) return keyOf(oldInputs).namespace !== undefined;
    return (await this.#store.discovery.find(keyOf(object)))?.namespaced ?? false;
  }

  async #refuseExisting(object: Properties): Promise<void> {
    if (!(await this.#store.find(keyOf(object)))) return;
    throw new Error(
      `${describe(object)} already exists, but not in this stack: delete it, or name the new one differently`,
    );
  }

  async #whenReady(
    urn: string,
    inputs: Properties,
    applied: Properties,
    timeoutSeconds: number | undefined,
  ): Promise<Properties> {
    const { live, reasons } = await untilReady(applied, {
      client: this.#store.client,
      cancelled: this.#context.cancelled,
      find: () => this.#store.find(keyOf(inputs)),
      report: (text) => {
        this.#context.engine.status(urn, text);
      },
      timeoutSeconds,
    });
    const outputs = outputsOf(live, inputs);
    if (reasons.length > 0)
      throw new NotReadyError({ id: idOf(inputs), outputs, inputs: withSecretsMarked(inputs) }, reasons);
    return outputs;
  }
}

function outputsOf(live: Properties, inputs: Properties): Properties {
  return withSecretsMarked(withStringData(withoutBookkeeping(live), inputs));
}
