import { policies } from "../../../policy/registry";

/** The pack as a table of docs/policies.md; a test keeps them equal. */
export function policyTable(): string {
  const rows = policies.map((policy) => {
    const { name, enforcementLevel, severity, description, why, configSchema } = policy;
    const options = Object.entries(configSchema?.properties ?? {}).map(
      ([option, schema]) =>
        `\`${option}\`: ${schema.description ?? ""} Default \`${JSON.stringify(schema.default)}\`.`,
    );
    return [
      `\`${name}\`${"validateStack" in policy ? " ¹" : ""}`,
      `${String(enforcementLevel)}, ${String(severity)}`,
      description,
      why,
      options.join("<br>"),
    ];
  });
  return table(["Policy", "Level, severity", "What", "Why", "Options"], rows);
}

/** What to do about each policy's violations, where to read more, and whose requirement it is: the page's second table. */
export function remediationTable(): string {
  const rows = policies.map(({ name, remediationSteps, url, framework }) => [
    `\`${name}\``,
    `${remediationSteps ?? ""} [More](${url ?? ""})`,
    framework ? `${framework.name} ${framework.version}, ${framework.reference}` : "",
  ]);
  return table(["Policy", "Remediation", "Serves"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
