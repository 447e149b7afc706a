import assert from "node:assert/strict";
import type { Built, WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { script, scriptOptions } from "../../routesScript";
import { writtenRules } from "../../writtenRules";

const options = scriptOptions();

async function build(rules: readonly WrittenRule[]): Promise<Built> {
  return (await script).default.build(rules, [], "v1", options, [], () => undefined);
}

describe("the public paths of the routes", () => {
  it("are accepted for several services on one host, however long their lists are together", async () => {
    const host = "tools.apps.example.com";
    const rules = ["a", "b", "c"].flatMap((name) =>
      writtenRules(name, {
        host,
        paths: [`/${name}`],
        publicPaths: Array.from({ length: 120 }, (_, at) => ({
          path: `/${name}/a-folder-with-a-rather-long-name/${at}` as const,
          match: at % 2 === 0 ? "exact" : "prefix",
        })),
      }),
    );
    const { configuration, leftOut } = await build(rules);
    assert.deepEqual(leftOut, {});
    const tokens = configuration.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    assert.ok(tokens.every((token) => token.length < 4096));
  });

  it("do not include a wildcard's on a host that another rule names", async () => {
    const open = (path: `/${string}`, match: "exact" | "prefix") => ({ publicPaths: [{ path, match }] });
    const { configuration } = await build([
      ...writtenRules("previews", { host: "*.apps.example.com", ...open("/healthz", "exact") }),
      ...writtenRules("wiki", open("/static", "prefix")),
    ]);
    const [, exact = ""] = /\$public_exact_paths \{([^}]*)\}/.exec(configuration) ?? [];
    assert.match(exact, /"=GET https:\/\/wiki\.apps\.example\.com" "";/);
  });
});
