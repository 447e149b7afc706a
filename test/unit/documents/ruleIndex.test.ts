import assert from "node:assert/strict";
import { overlapProblems, type NamedRule } from "../../../documents/oathkeeper/ruleIndex";

describe("a program's Rules", () => {
  const ours = rule("ours", "https://shop.apps.example.com/<**>");

  it("are reported when a Rule on the cluster matches the same URLs", () => {
    assert.deepEqual(overlapProblems([ours], [rule("theirs", "https://shop.apps.example.com/api/<**>")]), [
      {
        path: "Rule shops/ours: spec.match.url",
        value: '"https://shop.apps.example.com/<**>"',
        reason: "matches URLs of the Rule shops/theirs too, https://shop.apps.example.com/api/<**>",
        fix: "Give each a host or a path of its own: where two rules match, the proxy answers 500.",
      },
    ]);
  });

  it("are reported once when two of them match the same URLs", () => {
    const both = rule("both", "https://<{a.apps.example.com,shop.apps.example.com}>/<**>");
    assert.deepEqual(
      overlapProblems([ours, both], []).map(({ path }) => path),
      ["Rule shops/both: spec.match.url"],
    );
  });

  it("are reported beside a Rule with a wildcard over their host, whichever exists first", () => {
    const wildcard = rule("wildcard", "https://<{*.apps.example.com}>/<**>");
    for (const [one, other] of [
      [ours, wildcard],
      [wildcard, ours],
      [wildcard, wildcard],
    ] as const)
      assert.equal(overlapProblems([one], [other]).length, 1, `${one.name} beside ${other.name}`);
    const below = rule("below", "https://a.shop.apps.example.com/<**>");
    assert.deepEqual(overlapProblems([wildcard], [below]), [], "it stands for one label");
  });

  it("may share a host with other paths or methods", () => {
    const post = { ...rule("post", ours.url), methods: ["POST"] };
    const api = rule("api", "https://a.apps.example.com/api/<**>");
    const page = rule("page", "https://a.apps.example.com/page/<**>");
    assert.deepEqual(overlapProblems([ours, api], [post, page]), []);
  });

  it("are not compared with a Rule for any host, which other checks refuse", () => {
    assert.deepEqual(overlapProblems([ours], [rule("open", "https://<**>/<**>")]), []);
  });
});

function rule(name: string, url: string): NamedRule {
  return { namespace: "shops", name, url, methods: ["GET", "HEAD"] };
}
