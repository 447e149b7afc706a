import {
  containsUnknowns,
  isSecret,
  isUnknown,
  Output,
  output,
  secret,
  unknown,
  type Inputs,
} from "@pulumi/pulumi";
import { propertyOf, type Problem } from "../documents/shared/problem";
import type { GivenSecret } from "../stacks/settings/secrets";

/** A component's arguments as they were given, with outputs resolved. */
export interface Arguments {
  /** What is known and not secret. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The secrets, by where they are. */
  readonly secrets: ReadonlyMap<string, GivenSecret>;
  /** What is refused whatever its value is. */
  readonly problems: readonly Problem[];
  /** Whether an argument that may be is known only later. */
  readonly isLater: boolean;
  /** The same problem without a value that may be a secret. */
  readonly hide: (problem: Problem) => Problem;
}

/** Where arguments may be secret, or known only later, unlike all others. In paths, `*` is any entry of a list or map. */
export interface Places {
  readonly secrets: readonly string[];
  /** May be known only later, in a preview. */
  readonly later: readonly string[];
}

/** Waits for the outputs in arguments, which a constructor cannot do. */
export async function settledArguments(inputs: Inputs, places: Places): Promise<Arguments> {
  const walk = new Walk(places);
  const values = (await walk.value(inputs, { keys: [], pattern: [] })) as Arguments["values"];
  return { values, secrets: walk.secrets, problems: walk.problems, isLater: walk.isLater, hide: walk.hide };
}

/** A place in the arguments. */
interface Place {
  readonly keys: readonly (string | number)[];
  readonly pattern: readonly string[];
  /** The output around it, and where in its value the place is. */
  readonly held?: { readonly by: Output<unknown>; readonly keys: Place["keys"] };
}

class Walk {
  readonly secrets = new Map<string, GivenSecret>();
  readonly problems: Problem[] = [];
  isLater = false;

  /** Lists and objects that the engine marks as secret as a whole, because one entry is. */
  private readonly mixed: string[] = [];

  constructor(private readonly places: Places) {}

  async value(value: unknown, place: Place): Promise<unknown> {
    if (Output.isInstance(value)) return this.held(value, place);
    if (value === undefined) return undefined;
    if (isUnknown(value) || typeof value !== "object") {
      if (this.isSecretPlace(place)) this.secret(value, place);
      else if (isUnknown(value)) this.later(place);
      else return value;
      return undefined;
    }
    if (value === null) return value;
    // One after the other, so that a report keeps the order of what was written.
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (const [index, entry] of value.entries()) list.push(await this.value(entry, inside(place, index)));
      return list;
    }
    const object: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const settled = await this.value(entry, inside(place, key));
      if (settled !== undefined) object[key] = settled;
    }
    return object;
  }

  /** The text of a problem may quote the value. */
  readonly hide = (problem: Problem): Problem => {
    const { path } = problem;
    const isInside = (one: string) =>
      path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`);
    if (!this.mixed.some(isInside)) return problem;
    const without = (words: string) => words.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
    return { ...problem, value: "not shown", reason: without(problem.reason), fix: without(problem.fix) };
  };

  private async held(held: Output<unknown>, place: Place): Promise<unknown> {
    const { isKnown, promise } = held as unknown as OutputState;
    const [value, known, isOne] = await Promise.all([promise(true), isKnown, isSecret(held)]);
    if (isOne && !this.isSecretPlace(place)) {
      if (!this.isAboveSecret(place)) {
        this.refuse(place, openSecret);
        return undefined;
      }
      this.mixed.push(propertyOf(place.keys));
    }
    const settled = known || containsUnknowns(value) ? value : unknown;
    return this.value(settled, { ...place, held: { by: held, keys: [] } });
  }

  private secret(value: unknown, place: Place): void {
    if (!isUnknown(value) && typeof value !== "string") {
      this.refuse(place, noText);
      return;
    }
    const { by, keys } = place.held ?? { by: output(value) as Output<unknown>, keys: [] };
    const own = by.apply((whole) => at(whole, keys) as string);
    this.secrets.set(propertyOf(place.keys), {
      value: secret(own),
      ...(typeof value === "string" && { text: value }),
    });
  }

  private later(place: Place): void {
    if (this.places.later.includes(place.pattern[0] ?? "")) this.isLater = true;
    else this.refuse(place, notKnown);
  }

  private refuse({ keys }: Place, problem: Omit<Problem, "path">): void {
    this.problems.push({ path: propertyOf(keys), ...problem });
  }

  private isSecretPlace({ pattern }: Place): boolean {
    return this.places.secrets.includes(pattern.join("."));
  }

  private isAboveSecret({ pattern }: Place): boolean {
    const prefix = [...pattern, ""].join(".");
    return this.places.secrets.some((one) => one.startsWith(prefix));
  }
}

const openSecret = {
  value: "a secret",
  reason: "is a secret, but ends up where many can read it",
  fix: "Write it in plain text, or take the mark off with unsecret.",
};
const noText = {
  value: "a secret",
  reason: "is not text",
  fix: "Write text, between quotes where it is digits.",
};
const notKnown = {
  value: "an output",
  reason: "is not known before `pulumi up`, but decides what is made",
  fix: "Write a value that the program knows, for example from its configuration.",
};

/** The state of an Output that its type does not declare. */
interface OutputState {
  readonly isKnown: Promise<boolean>;
  readonly promise: (withUnknowns: true) => Promise<unknown>;
}

function inside({ held, keys, pattern }: Place, key: string | number): Place {
  return {
    keys: [...keys, key],
    pattern: [...pattern, typeof key === "number" ? "*" : key],
    ...(held && { held: { by: held.by, keys: [...held.keys, key] } }),
  };
}

function at(value: unknown, keys: Place["keys"]): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}
