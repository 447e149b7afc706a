import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../dev/checkout";
import {
  breakingApi,
  breakingSchema,
  type Breaking,
  type PackageSpec,
} from "../../dev/release/compatibility";
import packageJson from "../../package.json";

type Fields = Readonly<Record<string, object>>;

const text = (name: string) => readFileSync(join(checkout, name), "utf8");
const schema = (name: string) => JSON.parse(text(name)) as PackageSpec & { readonly version: string };

/** The changes since the last release that the changelog calls breaking. */
function announced(): string[] {
  const [, unreleased = ""] = text("CHANGELOG.md").split(/^## /m);
  const entries = unreleased.split(/^- /m).filter((entry) => /\*\*breaking/i.test(entry));
  return entries.flatMap((entry) => [...entry.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

function unannounced(found: readonly Breaking[]): string[] {
  const words = announced();
  const isTold = ({ place }: Breaking) => place.split(/[. ]/).some((part) => words.includes(part));
  return found.filter((one) => !isTold(one)).map(({ place, change }) => `${place} ${change}`);
}

describe("the difference from the last release", () => {
  const api = breakingApi(text("test/released/portcullis.api.md"), text("components/portcullis.api.md"));

  it("breaks no program in TypeScript without an entry in the changelog", () => {
    assert.deepEqual(unannounced(api), []);
  });

  it("breaks no program in another language, and no stack's file, without such an entry", () => {
    const found = breakingSchema(schema("test/released/schema.json"), schema("package/schema.json"));
    assert.deepEqual(unannounced(found), []);
  });

  it("is relative to the release that the package's version names", () => {
    assert.equal(schema("test/released/schema.json").version, packageJson.version);
  });
});

describe("a breaking change", () => {
  const report = (code: string) => `## API\r\n\r\n\`\`\`ts\r\n${code.replaceAll("\n", "\r\n")}\r\n\`\`\`\r\n`;
  const args = (fields: string) => report(`export interface SomeArgs {\n${fields}\n}`);
  const changes = (found: readonly Breaking[]) => found.map(({ place, change }) => `${place} ${change}`);

  it("of the public API is a removed export or member, or a newly required argument", () => {
    const before = args("readonly a: string;\nreadonly b?: string;\nreadonly c?: string;");
    const now = args("readonly a?: string;\nreadonly b: string;\nreadonly d: string;\nreadonly e?: string;");
    assert.deepEqual(changes(breakingApi(before, now)), [
      "SomeArgs.b is required now",
      "SomeArgs.c is gone",
      "SomeArgs.d is new and required",
    ]);
    assert.deepEqual(changes(breakingApi(before, report("export class Other {}"))), ["SomeArgs is gone"]);
    assert.deepEqual(changes(breakingApi(now, now)), []);
  });

  it("of the schema is a removal or a new requirement, not an argument that takes more", () => {
    const resource = (input: Fields, required: string[], output: Fields) => ({
      "x:index:Thing": { inputProperties: input, requiredInputs: required, properties: output },
    });
    const string = { type: "string" };
    const list = (...forms: object[]) => ({ type: "array", items: { oneOf: forms } });
    const before: PackageSpec = {
      resources: resource({ a: string, b: list(string), c: string }, [], { out: string }),
      types: { "x:index:Word": { enum: [{ value: "on" }, { value: "off" }] } },
    };
    const wider = {
      a: { oneOf: [string, { $ref: "#/types/x:index:Word" }] },
      b: list(string, { type: "integer" }),
    };
    const now: PackageSpec = {
      resources: resource({ ...wider, c: { $ref: "pulumi.json#/Any" }, e: string }, [], { out: string }),
      types: before.types,
    };
    assert.deepEqual(changes(breakingSchema(before, now)), []);
    const narrower: PackageSpec = {
      resources: resource(
        { a: { type: "integer" }, b: list({ type: "integer" }), d: string },
        ["a", "d"],
        {},
      ),
      types: { "x:index:Word": { enum: [{ value: "on" }] } },
    };
    assert.deepEqual(changes(breakingSchema(before, narrower)), [
      "Thing.a is required now",
      "Thing.c is gone",
      "Thing.d is new and required",
      "Thing.out (output) is gone",
      "Thing.a has another type",
      "Thing.b has another type",
      "Word.off is gone",
    ]);
  });
});
