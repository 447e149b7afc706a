import assert from "node:assert/strict";
import type { Built, WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { maxGroups } from "../../../documents/oathkeeper/groups";
import { script, scriptOptions } from "../../routesScript";
import { writtenGroup, writtenRules } from "../../writtenRules";

const options = scriptOptions();
const [plain] = writtenRules("plain");

async function build(rules: readonly WrittenRule[]): Promise<Built> {
  return (await script).default.build(rules, [], "v1", options, [], () => undefined);
}

describe("the lists of people of the rules", () => {
  it("include 200 people, and leave out a rule with a text that is too long for nginx", async () => {
    const emails = Array.from({ length: 200 }, (_, at) => `person.number${at}@department.example.com`);
    const long = await build(writtenRules("long", { access: { emails } }));
    assert.deepEqual(long.leftOut, {});
    const tokens = long.configuration.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    assert.ok(tokens.every((token) => token.length < 4096));

    const remote = (query: string) => ({
      ...plain,
      authorizer: { handler: "remote_json", config: { remote: `${options.authorizePrefix}${query}` } },
    });
    const headers = { "X-Long": "$".repeat(1000) };
    for (const rule of [
      remote(`emails=${"a".repeat(401)}%40example.com`),
      remote(`everybody=1&claims=${"a".repeat(4095)}`),
      { ...plain, mutators: [{ handler: "header", config: { headers } }] },
    ]) {
      const { leftOut } = await build([{ ...rule, id: "bad.team" } as WrittenRule]);
      assert.match(leftOut["bad.team"] ?? "", /is longer than/);
    }
  });

  it("are left out with a rule of more headers or keys than nginx has room for", async () => {
    const texts = (count: number, form: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => form(at));
    const headers = Object.fromEntries(texts(101, (at) => `X-Own-${at}`).map((name) => [name, "a"]));
    const hosts = texts(101, (at) => `*.team-${at}.apps.example.com`);
    const methods = texts(50, (at) => "A".repeat(1 + at / 26) + String.fromCharCode(65 + (at % 26)));
    for (const rule of [
      { ...plain, mutators: [{ handler: "header", config: { headers } }] },
      { ...plain, match: { methods, url: `<{http,https}>://<{${hosts.join(",")}}>/<**>` } },
    ]) {
      const { leftOut } = await build([{ ...rule, id: "bad.team" } as WrittenRule]);
      assert.match(leftOut["bad.team"] ?? "", /more headers|too many hosts/);
    }
  });

  it("of groups are written once, however many rules name them, and never for Oathkeeper", async () => {
    const emails = Array.from({ length: 5000 }, (_, at) => `person.number${at}@department.example.com`);
    const built = await build([
      writtenGroup("staff", { emails }),
      ...Array.from({ length: 20 }, (_, at) =>
        writtenRules(`app-${at}`, { access: { groups: ["staff"] } }),
      ).flat(),
    ]);
    assert.deepEqual(built.leftOut, {});
    assert.equal(built.configuration.match(/person\.number4999%40/g)?.length, 1);
    assert.doesNotMatch(built.rules, /person|groups\.portcullis/);
  });

  it("include groups only from the gateway's namespace", async () => {
    const rules = [
      ...writtenRules("app", { access: { groups: ["sre"] } }),
      writtenGroup("sre", { emails: ["mallory@example.com"] }, "team"),
    ];
    const built = await build(rules);
    assert.doesNotMatch(built.configuration + built.rules, /mallory/);
    assert.deepEqual(Object.keys(built.leftOut), ["access-group-sre.team"]);
  });

  it("drop a group's former members at once, while Oathkeeper has the former rules", async () => {
    const app = writtenRules("app", { access: { groups: ["sre"] } });
    const now = [...app, writtenGroup("sre", { emails: ["alice@example.com"] })];
    const before = [...app, writtenGroup("sre", { emails: ["mallory@example.com"] })];
    const built = (await script).default.build(now, before, "v1", options, [], () => undefined);
    assert.match(built.configuration, /"=alice%40example\.com" "0,";/);
    assert.doesNotMatch(built.configuration, /mallory/);
  });

  it("leave out a group that is too much for nginx: with too long an entry, or one group too many", async () => {
    const long = writtenGroup("long", { emails: [`${"a".repeat(401)}@example.com`] });
    const one = await build([long, ...writtenRules("app", { access: { groups: ["long"] } })]);
    assert.deepEqual(Object.keys(one.leftOut), [long.id]);
    assert.doesNotMatch(one.configuration, /aaaa/);

    const emails = ["alice@example.com"];
    const many = Array.from({ length: maxGroups + 1 }, (_, at) => writtenGroup(`group-${at}`, { emails }));
    const names = many.slice(0, 200).map((_, at) => `group-${at}`);
    const { configuration, leftOut } = await build([
      ...many,
      ...writtenRules("all", { access: { groups: names } }),
    ]);
    assert.deepEqual(Object.keys(leftOut), ["access-group-group-200.portcullis"]);
    const texts = configuration.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    assert.ok(texts.every((text) => text.length < 4096));
  });

  it("contain each list once, however many rules name it", async () => {
    const access = { emails: ["alice@example.com", "bob@example.com"] };
    const { configuration } = await build([
      ...writtenRules("one", { access }),
      ...writtenRules("two", { access }),
      ...writtenRules("three", { access: { emails: ["alice@example.com"] } }),
    ]);
    assert.deepEqual(configuration.match(/^ {2}"=\d+ \S+" 1;$/gm), [
      '  "=0 alice%40example.com" 1;',
      '  "=0 bob%40example.com" 1;',
      '  "=1 alice%40example.com" 1;',
    ]);
  });
});
