import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseSettings } from "../../../stacks/settings/parse";
import { SettingsProblem } from "../../../stacks/settings/report";

const root = join(__dirname, "..", "..", "..");

/** The text of a file of the project's folder. */
export function projectText(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

/** A YAML file of the project's folder. */
export function projectFile(name: string): { readonly text: string; readonly document: unknown } {
  const text = projectText(name);
  return { text, document: parse(text) as unknown };
}

/** A value as the engine passes it to the program: text as it is, anything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Keys without the project's name as prefix, values as the engine passes them. */
export function asEngine(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^portcullis:/, ""), asText(value)]),
  );
}

/** The dev stack's configuration as it is checked in, with the secret that is set on the command line. */
export function checkedInConfig(): Record<string, string> {
  const { config } = projectFile("Pulumi.dev.yaml").document as { config: Record<string, unknown> };
  return { ...asEngine(config), "clientSecret.stub": "the stub's secret" };
}

/** The same with the service of its folder in `services`, which tests replace with others. */
export function devConfig(): Record<string, string> {
  const { serviceFiles = "", ...rest } = checkedInConfig();
  const vmagent = projectFile(`${serviceFiles}/vmagent.yaml`).document;
  return { ...rest, services: JSON.stringify({ vmagent }) };
}

/** What is wrong with a configuration. */
export function refusal(config: Readonly<Record<string, string | undefined>>): SettingsProblem {
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  try {
    parseSettings(asEngine(Object.fromEntries(given)));
  } catch (error) {
    assert.ok(error instanceof SettingsProblem, String(error));
    return error;
  }
  return assert.fail("the configuration was accepted");
}
