import type { CreateResult, DiffResult, Provider } from "@pulumi/pulumi/provider";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime";
import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

type Properties = Readonly<Record<string, unknown>>;

const RESULT = "result";
const kinds = [
  { use: "lower", least: "minLower", alphabet: "abcdefghijklmnopqrstuvwxyz" },
  { use: "upper", least: "minUpper", alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { use: "numeric", least: "minNumeric", alphabet: "0123456789" },
  { use: "special", least: "minSpecial", alphabet: "!@#$%&*()-_=+[]{}<>:?" },
] as const;

/**
 * Stands in for the official `random` plugin where that cannot be installed: of its resources it has those that Portcullis
 * makes, `RandomPassword` and `RandomString`. A value stays until an input changes, then it is made anew.
 */
export class RandomTexts implements Provider {
  constructor(readonly version: string) {}

  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
    names.delete(RESULT);
    const replaces = [...names].filter((name) => !isDeepStrictEqual(olds[name], news[name]));
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  }

  create(urn: string, inputs: Properties): Promise<CreateResult> {
    const result = text(inputs);
    const type = urn.split("::")[2]?.split("$").at(-1);
    if (type === "random:index/randomPassword:RandomPassword")
      return Promise.resolve({ id: "none", outs: { ...inputs, [RESULT]: secret(result) } });
    if (type === "random:index/randomString:RandomString")
      return Promise.resolve({ id: result, outs: { ...inputs, [RESULT]: result } });
    return Promise.reject(new Error(`the stand-in for the random plugin does not make ${urn}`));
  }
}

/** Marks a value so that the engine encrypts it in the state and hides it on the screen. */
function secret(value: string): Properties {
  return { [specialSigKey]: specialSecretSig, value };
}

function text(inputs: Properties): string {
  const used = kinds.filter(({ use }) => inputs[use] !== false);
  const picked = used.flatMap(({ least, alphabet }) =>
    Array.from({ length: Number(inputs[least] ?? 0) }, () => pick(alphabet)),
  );
  const all = used.map(({ alphabet }) => alphabet).join("");
  while (picked.length < Number(inputs["length"])) picked.push(pick(all));
  return shuffled(picked).join("");
}

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length));
}

function shuffled(items: readonly string[]): string[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(randomInt(rest.length), 1));
}
