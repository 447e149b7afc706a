import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { moduleFolder } from "../../dev/node/binaries";
import { moduleSources } from "../../dev/node/goModule";
import { ruleCrd } from "../../documents/oathkeeper/ruleCrd";

const MODULE = "github.com/ory/oathkeeper-maester";
const DEFINITION = "config/crd/bases/oathkeeper.ory.sh_rules.yaml";

interface Definition {
  readonly spec: {
    readonly versions: {
      schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } };
    }[];
  };
}

describe("the definition of Rules", () => {
  it("has every field of the rule operator's own, with the same bounds, but no configMapName", async () => {
    const folder = await moduleSources(MODULE, moduleFolder("oathkeeper-maester"));
    const upstream = parse(await readFile(join(folder, DEFINITION), "utf8")) as Definition;
    for (const { schema } of upstream.spec.versions) {
      const { properties } = schema.openAPIV3Schema.properties.spec;
      assert.ok(delete properties["configMapName"], "the operator no longer has the field that is left out");
    }
    assert.deepEqual(withoutWords(ruleCrd.spec), withoutWords(upstream.spec));
  });
});

/** A schema's fields, types and bounds; descriptions are each project's own. */
function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === "description" && typeof value === "string"))
      .map(([key, value]) => [key, withoutWords(value)]),
  );
}
