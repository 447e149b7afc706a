import type { CheckAnswer, CheckRequest, CreateRequest, Live, UpdateRequest } from "../protocol/plugin";
import { withoutNulls, type Properties } from "../protocol/values";
import { withName } from "./naming";
import { idOf } from "./objects";
import { KubernetesPlugin } from "./plugin";
import { withSecretsMarked } from "./secrets";

/** Takes every object for made as it was asked for, and no cluster: to record a program's state, and to compare with it. */
export class KubernetesWithoutCluster extends KubernetesPlugin {
  override check({ name, inputs, oldInputs, seed }: CheckRequest): Promise<CheckAnswer> {
    const named = withName(withoutNulls(inputs), { name, oldInputs, seed });
    return Promise.resolve({ inputs: withSecretsMarked(named) });
  }

  override create({ inputs, preview }: CreateRequest): Promise<Live> {
    return Promise.resolve({ id: preview ? "" : idOf(inputs), outputs: withSecretsMarked(inputs) });
  }

  override update({ inputs }: UpdateRequest): Promise<Properties> {
    return Promise.resolve(withSecretsMarked(inputs));
  }

  override delete(): Promise<void> {
    return Promise.resolve();
  }
}
