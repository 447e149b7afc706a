import { parse } from "yaml";
import { Failure } from "../cli/shared/failure";
import type { Overlay } from "./plugins/stackRun";

/** `--config KEY=VALUE`; the values are YAML. */
export function plainOverlay(given: readonly string[]): Overlay {
  return Object.fromEntries(
    given.map((item) => {
      const [key, text] = keyAndRest("--config", item);
      return [key, { value: parse(text) as unknown }];
    }),
  );
}

/** `--secret KEY=VARIABLE`: the values come from the environment, since everybody can read arguments. */
export function secretOverlay(given: readonly string[]): Overlay {
  return Object.fromEntries(
    given.map((item) => {
      const [key, variable] = keyAndRest("--secret", item);
      const value = process.env[variable];
      if (value === undefined) throw new Failure(`--secret ${key}: the variable ${variable} is not set.`);
      return [key, { value, secret: true }];
    }),
  );
}

function keyAndRest(option: string, item: string): readonly [string, string] {
  const equals = item.indexOf("=");
  if (equals < 1)
    throw new Failure(`${option} ${item}: write ${option} KEY=..., with a value after the equals sign.`);
  return [item.slice(0, equals), item.slice(equals + 1)];
}
