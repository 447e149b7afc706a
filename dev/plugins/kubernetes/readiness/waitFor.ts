import { at, isProperties, textAt, type Properties, type Value } from "../../protocol/values";
import { conditionOf, explain, ready, waiting, type State } from "./state";

type Expectation = (object: Properties) => State;

/**
 * What the annotation `pulumi.com/waitFor` asks for: `condition=<Type>[=<status>]`, `jsonpath={.a.b}[=<value>]`, or a
 * JSON list of those, of which all must hold.
 *
 * @throws {Error} when it is none of these
 */
export function parseWaitFor(text: string): Expectation {
  const expectations = parseList(text).map(parseOne);
  return (object) =>
    expectations.map((expect) => expect(object)).find(({ phase }) => phase !== "ready") ?? ready;
}

function parseList(text: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return [text];
  const list: unknown = JSON.parse(text);
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw new Error(`pulumi.com/waitFor: ${text} is not a list of texts`);
}

function parseOne(text: string): Expectation {
  const [, type, status = "True"] = /^condition=([^=]+)(?:=(.+))?$/.exec(text) ?? [];
  if (type !== undefined) return (object) => expectCondition(object, type, status);
  const [, path, value] = /^jsonpath=\{\.(.+?)\}(?:=(.+))?$/.exec(text) ?? [];
  if (path !== undefined) return (object) => expectValue(object, path, value);
  throw new Error(
    `pulumi.com/waitFor: ${JSON.stringify(text)} is neither condition=<Type> nor jsonpath={.path}=<value>`,
  );
}

function expectCondition(object: Properties, type: string, status: string): State {
  const condition = conditionOf(object, type);
  if (textAt(condition, "status")?.toLowerCase() === status.toLowerCase()) return ready;
  const explanation = explain(condition);
  return waiting(`its condition ${type} is not ${status}${explanation && ` (${explanation})`}`);
}

function expectValue(object: Properties, path: string, wanted: string | undefined): State {
  const found = follow(object, path);
  if (found === undefined) return waiting(`it has no .${path}`);
  if (wanted === undefined || show(found) === wanted) return ready;
  return waiting(`its .${path} is ${show(found)}, not ${wanted}`);
}

/** The value at a path like `a.b[0].c[?(@.type=="Ready")].status`. */
function follow(object: Value, path: string): Value | undefined {
  const steps = path.matchAll(/\[\?\(@\.(\w+)=="([^"]*)"\)\]|([^.[\]]+)/g);
  return [...steps].reduce<Value | undefined>((value, [, key, wanted, step = ""]) => {
    if (key === undefined) return at(value, /^\d+$/.test(step) ? Number(step) : step);
    return Array.isArray(value) ? value.find((one) => at(one, key) === wanted) : undefined;
  }, object);
}

function show(value: Value): string {
  return Array.isArray(value) || isProperties(value) ? JSON.stringify(value) : String(value);
}
