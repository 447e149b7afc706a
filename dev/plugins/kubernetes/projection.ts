import { isProperties, textAt, type Properties, type Value } from "../protocol/values";

/**
 * What the inputs would have to be for the live object to be as it is: drift in a field that the program sets shows,
 * a field that only the API server or a controller sets does not.
 */
export function projected(inputs: Properties, live: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]): [string, Value][] => {
      const current = live[name];
      if (current !== undefined) return [[name, project(value, current)]];
      // The API server leaves out what says no more than the default.
      return isEmpty(value) ? [[name, value]] : [];
    }),
  );
}

function project(input: Value, live: Value): Value {
  if (isProperties(input) && isProperties(live)) return projected(input, live);
  if (Array.isArray(input) && Array.isArray(live)) {
    return live.map((item, index) => {
      const counterpart = counterpartOf(item, index, input);
      return counterpart === undefined ? item : project(counterpart, item);
    });
  }
  return isSameQuantity(input, live) ? input : live;
}

/** Lists of named things are matched by name: a webhook may have put one in between. */
function counterpartOf(item: Value, index: number, inputs: readonly Value[]): Value | undefined {
  const name = textAt(item, "name");
  if (name === undefined) return inputs[index];
  return inputs.find((input) => textAt(input, "name") === name) ?? undefined;
}

function isEmpty(value: Value): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isProperties(value)) return Object.values(value).every(isEmpty);
  return value === "" || value === 0 || value === false || value === null;
}

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The API server rewrites quantities: `1024Mi` becomes `1Gi`. */
function isSameQuantity(input: Value, live: Value): boolean {
  const amount = amountOf(input);
  return amount !== undefined && amount === amountOf(live);
}

function amountOf(value: Value): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([numkMGTP]|[KMGTP]i)?$/.exec(String(value)) ?? [];
  const factor = factors[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
