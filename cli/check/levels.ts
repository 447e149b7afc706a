import { Failure } from "../shared/failure";
import { policies } from "../../policy/registry";

type Level = "advisory" | "mandatory" | "disabled";

/** A configuration file of the pack, in the engine's format. */
export type PackConfiguration = Readonly<Record<string, PolicyConfiguration>>;
type PolicyConfiguration = string | Readonly<Record<string, unknown>>;

/** Every policy with its level. */
export type Levels = ReadonlyMap<string, Level>;

const levels: Readonly<Record<string, Level>> = {
  advisory: "advisory",
  mandatory: "mandatory",
  remediate: "mandatory",
  disabled: "disabled",
};

/** @throws {Failure} that names every unknown policy and level */
export function levelsOf(configuration: PackConfiguration): Levels {
  const names = policies.map(({ name }) => name);
  const mistakes = Object.entries(configuration).flatMap(([name, one]) => [
    ...(name === "all" || names.includes(name) ? [] : [`There is no policy "${name}".`]),
    ...(levelIn(one) === "none"
      ? [`${name}: the level is not one of ${Object.keys(levels).join(", ")}.`]
      : []),
  ]);
  if (mistakes.length > 0) throw new Failure(["The policies' configuration:", ...mistakes].join("\n  "));
  return new Map(
    policies.map(({ name, enforcementLevel = "advisory" }) => {
      const given = [configuration[name], configuration["all"], enforcementLevel].map(levelIn);
      return [name, given.find((level) => level !== undefined && level !== "none") ?? "advisory"] as const;
    }),
  );
}

/**
 * The same options without policies that stop the engine. The engine checks the whole stack only after every resource has
 * passed, and one report must contain all findings.
 */
export function withoutStops(configuration: PackConfiguration, levels: Levels): PackConfiguration {
  return Object.fromEntries(
    [...levels].map(([name, level]) => {
      const given = configuration[name];
      const options = typeof given === "object" ? given : {};
      return [name, { ...options, enforcementLevel: level === "disabled" ? level : "advisory" }];
    }),
  );
}

function levelIn(configuration: PolicyConfiguration | undefined): Level | "none" | undefined {
  const given = typeof configuration === "object" ? configuration["enforcementLevel"] : configuration;
  if (given === undefined) return undefined;
  return (typeof given === "string" ? levels[given] : undefined) ?? "none";
}
