import { randomBytes, randomInt } from "node:crypto";
import { secret, type Properties, type Value } from "../protocol/values";

/** The types of `@pulumi/random` that Portcullis uses, by type token. */
export const generators: Readonly<Record<string, (inputs: Properties) => Generated>> = {
  "random:index/randomPassword:RandomPassword": (inputs) => {
    const { defaults, text } = characters(inputs);
    return { id: "none", outputs: { ...defaults, ...inputs, result: secret(text) } };
  },
  "random:index/randomString:RandomString": (inputs) => {
    const { defaults, text } = characters(inputs);
    return { id: text, outputs: { ...defaults, ...inputs, result: text } };
  },
  "random:index/randomBytes:RandomBytes": (inputs) => {
    const bytes = randomBytes(integer(inputs, "length"));
    return {
      id: "none",
      outputs: { ...inputs, base64: secret(bytes.toString("base64")), hex: secret(bytes.toString("hex")) },
    };
  },
  "random:index/randomId:RandomId": (inputs) => {
    const bytes = randomBytes(integer(inputs, "byteLength"));
    const prefix = typeof inputs["prefix"] === "string" ? inputs["prefix"] : "";
    const hex = bytes.toString("hex");
    return {
      id: bytes.toString("base64url"),
      outputs: {
        ...inputs,
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
      },
    };
  },
};

interface Generated {
  readonly id: string;
  readonly outputs: Properties;
}

const alphabets = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};

function characters(inputs: Properties): { defaults: Properties; text: string } {
  const numeric = flag(inputs["numeric"] ?? inputs["number"]);
  const { lower, upper, special } = inputs;
  const override = inputs["overrideSpecial"];
  const classes = [
    { use: flag(lower), least: count(inputs["minLower"]), alphabet: alphabets.lower },
    { use: flag(upper), least: count(inputs["minUpper"]), alphabet: alphabets.upper },
    { use: numeric, least: count(inputs["minNumeric"]), alphabet: alphabets.numeric },
    {
      use: flag(special),
      least: count(inputs["minSpecial"]),
      alphabet: typeof override === "string" && override !== "" ? override : alphabets.special,
    },
  ];
  const length = integer(inputs, "length");
  const all = classes.map(({ use, alphabet }) => (use ? alphabet : "")).join("");
  const least = classes.reduce((sum, one) => sum + one.least, 0);
  if (least > length)
    throw new Error(`length: ${String(length)} is less than the ${String(least)} of all min*.`);
  if (all === "") throw new Error("lower, upper, numeric, special: all are false, no character is left.");
  const picked = classes.flatMap((one) => Array.from({ length: one.least }, () => pick(one.alphabet)));
  while (picked.length < length) picked.push(pick(all));
  return {
    text: shuffled(picked).join(""),
    defaults: {
      lower: true,
      upper: true,
      special: true,
      minLower: 0,
      minUpper: 0,
      minNumeric: 0,
      minSpecial: 0,
      numeric,
      number: numeric,
    },
  };
}

function flag(value: Value | undefined): boolean {
  return value !== false;
}

function count(value: Value | undefined): number {
  return typeof value === "number" ? value : 0;
}

function integer(inputs: Properties, name: string): number {
  const value = inputs[name];
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name}: ${JSON.stringify(value ?? null)} is not a whole number above 0.`);
}

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length));
}

function shuffled(items: readonly string[]): string[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(randomInt(rest.length), 1));
}
