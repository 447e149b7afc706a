import assert from "node:assert/strict";
import fc from "fast-check";
import type { WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { explain, type Decision } from "../../../documents/oathkeeper/decision";
import { wildcardOver } from "../../../documents/oathkeeper/hosts";
import { script, scriptOptions } from "../../routesScript";
import { writtenRules } from "../../writtenRules";
import { NginxMaps } from "./nginxMaps";

const options = scriptOptions();

const drawnRule = fc.record({
  host: fc.constantFrom(
    "app.apps.example.com",
    "a.previews.apps.example.com",
    "*.previews.apps.example.com",
    "*.apps.example.com",
  ),
  path: fc.constantFrom("/<**>", "/<**>", "/app/<**>", "/<{app,app/**}>", "/<{app,**}>"),
  publicPaths: fc.constantFrom([], [{ path: "/app/public", match: "prefix" as const }]),
});
type DrawnRule = typeof drawnRule extends fc.Arbitrary<infer T> ? T : never;

const hosts = [
  "app.apps.example.com",
  "other.apps.example.com",
  "a.previews.apps.example.com",
  "b.previews.apps.example.com",
];
const odd = ["/app//x", "/app/a;b", "/app/public%2fx"];

/** A rule for all paths may open some; a rule for other paths has them within its own. */
function written({ host, path, publicPaths }: DrawnRule, index: number): WrittenRule {
  const open = path === "/<{app,app/**}>" || path === "/<**>" ? publicPaths : [];
  const [rule] = writtenRules(`rule-${index}`, { host, ...(open.length > 0 && { publicPaths: open }) });
  assert.ok(rule);
  return { ...rule, match: { ...rule.match, url: rule.match.url.replace("/<**>", path) } };
}

/** Whether the proxy refuses an odd path of a host. */
async function pathMatters(rules: readonly WrittenRule[]): Promise<(host: string) => boolean> {
  const { configuration, leftOut } = (await script).default.build(
    rules,
    [],
    "v1",
    options,
    [],
    () => undefined,
  );
  assert.deepEqual(leftOut, {});
  return (host) => {
    const asked = { asked_host: host, asked_wildcard: wildcardOver(host) };
    return new NginxMaps(configuration, asked).value("path_matters") === "1";
  };
}

describe("a path of two readings", () => {
  it("is refused by an explanation exactly where the routes of the proxy refuse it", async () => {
    const seen = new Set<Decision>();
    const property = fc.asyncProperty(fc.array(drawnRule, { minLength: 1, maxLength: 4 }), async (drawn) => {
      const rules = drawn.map(written);
      const matters = await pathMatters(rules);
      const explained = rules.map((spec) => ({ metadata: { name: spec.id }, spec }));
      for (const host of hosts)
        for (const path of odd) {
          const url = new URL(`https://${host}${path}`);
          const { decision } = explain(explained, { url, method: "GET", email: "alice@example.com" });
          seen.add(decision);
          // With no matching rule, or with two, there is another answer first.
          if (decision === "no-rule" || decision === "failed") continue;
          assert.equal(decision, matters(host) ? "ambiguous" : "allowed", url.href);
        }
    });
    await fc.assert(property, { seed: 38, numRuns: 300 });
    assert.deepEqual([...seen].sort(), ["allowed", "ambiguous", "failed", "no-rule"]);
  });
});
