import assert from "node:assert/strict";
import type { WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { script, scriptOptions } from "../../routesScript";
import { writtenRules } from "../../writtenRules";

const options = scriptOptions();
const [plain] = writtenRules("plain");

/** The entries of a map in the routes of the rules, by host. */
async function entries(
  map: string,
  rules: readonly WrittenRule[],
): Promise<Readonly<Record<string, string>>> {
  const { configuration } = (await script).default.build(rules, [], "v1", options, [], () => undefined);
  const [block = ""] = new RegExp(`^map \\S.* \\$${map} \\{\\n[^}]*\\}`, "m").exec(configuration) ?? [];
  return Object.fromEntries(
    [...block.matchAll(/^ {2}"([=~][^"]+)" (?:""|(\S+));$/gm)].map(([, key = "", to = ""]) => [key, to]),
  );
}

describe("the key of a remembered decision", () => {
  it("contains the path where a rule of the host depends on paths", async () => {
    assert.ok(plain);
    const about: WrittenRule = {
      ...plain,
      id: "about.team",
      match: { url: "https://plain.apps.example.com/api/<**>", methods: ["GET"] },
    };
    const [other] = writtenRules("other");
    assert.ok(other);
    // A star matches neither a dot nor a slash.
    const star = {
      ...other,
      id: "star.team",
      match: { ...other.match, url: "https://star.example.com/<{*}>" },
    };
    const rules = [plain, about, other, star];
    assert.deepEqual(await entries("keyed_path", rules), {
      "=plain.apps.example.com": "$request_path",
      "=other.apps.example.com": "",
      "=star.example.com": "$request_path",
    });
    assert.deepEqual(await entries("path_matters", rules), {
      "=plain.apps.example.com": "1",
      "=star.example.com": "1",
    });
  });

  it("contains the path for a host whose rules depend on paths, even below a wildcard that matches all paths", async () => {
    const rules = [
      ...writtenRules("api", { host: "a.previews.apps.example.com", paths: ["/api"], methods: ["POST"] }),
      ...writtenRules("previews", { host: "*.previews.apps.example.com", methods: ["GET"] }),
    ];
    assert.deepEqual(await entries("keyed_path", rules), { "=a.previews.apps.example.com": "$request_path" });
    assert.deepEqual(await entries("keyed_path_by_wildcard", rules), { "=*.previews.apps.example.com": "" });
  });
});
