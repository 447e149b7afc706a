import { policies } from "./registry";

/** The pack as a table of docs/policies.md, which a test keeps so. */
export function policyTable(): string {
  const rows = policies.map((policy) => {
    const { name, enforcementLevel, description, why, configSchema } = policy;
    const options = Object.entries(configSchema?.properties ?? {}).map(
      ([option, schema]) =>
        `\`${option}\`: ${schema.description ?? ""} Default \`${JSON.stringify(schema.default)}\`.`,
    );
    return [
      `\`${name}\`${"validateStack" in policy ? " ¹" : ""}`,
      String(enforcementLevel),
      description,
      why,
      options.join("<br>"),
    ];
  });
  return [["Policy", "Level", "What", "Why", "Options"], ["---", "---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
