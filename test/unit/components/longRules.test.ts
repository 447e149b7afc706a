import assert from "node:assert/strict";
import { longRules } from "../../longRules";
import { script, scriptOptions } from "../../routesScript";
import { writtenGroup, writtenRules } from "../../writtenRules";

const credentials = {
  key: { kind: "header", secretName: "key", key: "key", namespaces: ["team"] },
} as const;
const options = scriptOptions({ credentials });

const built = async (rules: ReturnType<typeof longRules>, secret = "secret") =>
  (await script).default.build(rules, [], "v1", options, [], () => secret);
const leftOut = async (...input: Parameters<typeof built>) => Object.keys((await built(...input)).leftOut);

describe("a rule that is too long for nginx", () => {
  const other = writtenRules("other");

  it("is left out, whatever its long text is, and stops no other rule", async () => {
    const rules = longRules("http://app.team.svc", "https://app.example.com");
    assert.deepEqual(
      await leftOut([...rules, ...other]),
      rules.map(({ id }) => id),
    );
    const { configuration } = await built([...rules, ...other]);
    assert.equal(configuration, (await built(other)).configuration);
  });

  it("is one whose secret is too long, and none with the longest that fits", async () => {
    const rules = [...writtenRules("app", { upstreamOptions: { credentials: "key" } }), ...other];
    assert.deepEqual(await leftOut(rules, "a".repeat(4089)), ["app.team"]);
    assert.deepEqual(await leftOut(rules, "a".repeat(4088)), []);
    assert.deepEqual(await leftOut(rules, '"'.repeat(2045)), ["app.team"]);
  });

  it("is one with words for the start page that are longer than a program can write", async () => {
    const described = (description: string) => writtenRules("app", { portal: { description } });
    assert.deepEqual(await leftOut([...described("📈".repeat(200)), ...other]), []);
    assert.deepEqual(await leftOut([...described(`${"📈".repeat(200)}a`), ...other]), ["app.team"]);
  });

  it("is one that names too many groups by claims", async () => {
    const names = Array.from({ length: 100 }, (_, number) => `${"g".repeat(50)}${number}`);
    const groups = names.map((name) => writtenGroup(name, "claimed"));
    const naming = (count: number) => writtenRules("app", { access: { groups: names.slice(0, count) } });
    assert.deepEqual(await leftOut([...naming(100), ...groups, ...other]), ["app.team"]);
    assert.deepEqual(await leftOut([...naming(70), ...groups, ...other]), []);
  });
});
