import assert from "node:assert/strict";
import { upstreamMeans } from "../../../components/accessProxy/upstreams";
import type { Built, WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import { routesOptions } from "../../../documents/nginx/routes";
import { writtenRules } from "../../writtenRules";

/** An ES module, which a CommonJS one can only load like this. */
const script = import("../../../components/scripts/routes.mjs");
const options = routesOptions("/etc/portcullis", upstreamMeans({}, "/etc/portcullis", "portcullis"), "off");
const [plain] = writtenRules("plain");

async function build(rules: readonly WrittenRule[]): Promise<Built> {
  return (await script).default.build(rules, [], "v1", options, [], () => undefined);
}

describe("the lists of people of the rules", () => {
  it("take no text that would stop nginx from reading all of them", async () => {
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

  it("have each list once, however many rules name it", async () => {
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
