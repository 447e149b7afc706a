import type {
  CheckAnswer,
  CheckRequest,
  Context,
  CreateRequest,
  DiffAnswer,
  DiffRequest,
  Live,
  Plugin,
  ReadRequest,
} from "../protocol/plugin";
import { differences, withoutNulls, type Properties } from "../protocol/values";
import { generators } from "./generate";

/**
 * Stands in for the official `random` plugin where that cannot be installed.
 *
 * It makes passwords, strings, bytes and ids. A value stays until an input changes, then it is made anew.
 * `bcryptHash` of a password is left out.
 */
export class RandomPlugin implements Plugin {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  configure(): void {
    this.#context.engine.info("random: a stand-in of Portcullis' test tooling, not the official plugin");
  }

  check({ type, inputs }: CheckRequest): Promise<CheckAnswer> {
    const failures =
      type in generators ? [] : [{ property: "", reason: `the stand-in does not make ${type}` }];
    return Promise.resolve({ inputs: withoutNulls(inputs), failures });
  }

  diff({ inputs, oldInputs }: DiffRequest): DiffAnswer {
    const changed = differences(withoutNulls(oldInputs), inputs);
    return { changed, replaced: changed };
  }

  create({ type, inputs, preview }: CreateRequest): Promise<Live> {
    if (preview) return Promise.resolve({ id: "", outputs: inputs });
    const generate = generators[type];
    if (!generate) throw new Error(`the stand-in does not make ${type}`);
    return Promise.resolve(generate(inputs));
  }

  read({ id, inputs, outputs }: ReadRequest): Promise<Live & { inputs: Properties }> {
    return Promise.resolve({ id, inputs, outputs });
  }

  update(): Promise<never> {
    return Promise.reject(new Error("a random value is replaced, never updated"));
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }
}
