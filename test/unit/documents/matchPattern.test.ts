import assert from "node:assert/strict";
import { overlap, parseMatchPattern, type MatchPattern } from "../../../documents/oathkeeper/matchPattern";
import { urlPattern } from "../../../documents/oathkeeper/patterns";

describe("a rule's pattern", () => {
  it("is parsed from what the builders write", () => {
    const domain = { name: "apps.example.com", port: 8080 };
    assert.deepEqual(parse(urlPattern("http", ["a.apps.example.com", "b.apps.example.com"], domain)), {
      schemes: ["http"],
      hosts: [
        { host: "a.apps.example.com", port: "8080" },
        { host: "b.apps.example.com", port: "8080" },
      ],
      path: "/<**>",
    });
  });

  for (const url of [
    "https://app.example.com",
    "https://app.example.com/<.*>",
    "<https?>://app.example.com<(:[0-9]+)?>/<.*>",
    "<http|https>://app.example.com/",
    "https://app.example.com<(/.*)?>",
  ])
    it(`is anchored: ${url}`, () => {
      assert.equal(parseMatchPattern(url)?.hosts[0]?.host, "app.example.com");
    });

  for (const url of [
    "https://app.example.com<.*>",
    "https://app.example.com<**>",
    "https://<.*>.example.com/<.*>",
    "https://<**>/",
    "https://*.example.com/<**>",
    "https://<{*.*.example.com}>/<**>",
    "https://<{a*.example.com}>/<**>",
    "<**>",
    "<.*>://app.example.com/<.*>",
    "https://app<.>example.com/",
    "https://<{app.example.com,*}>/<**>",
    "https://app.example.com:<.*>/",
    "https://user@app.example.com/",
    "app.example.com/<**>",
    "https://app.example.com\n.evil.example/",
  ])
    it(`is not parsed when it also matches look-alikes, or nothing: ${JSON.stringify(url)}`, () => {
      assert.equal(parseMatchPattern(url), undefined);
    });
});

describe("two rules", () => {
  for (const [one, other] of [
    ["http://a.example.com/<**>", "http://a.example.com/<**>"],
    ["http://a.example.com/<**>", "http://a.example.com/health"],
    ["http://a.example.com/api/<**>", "http://a.example.com/<**>/health"],
    ["http://a.example.com/<{a,b}>/x", "http://a.example.com/<{b,c}>/x"],
    ["<https?>://a.example.com/<.*>", "http://<{b.example.com,a.example.com}>/"],
    ["http://a.example.com<(:[0-9]+)?>/<.*>", "http://a.example.com:8080/x"],
    ["http://a.example.com", "http://a.example.com"],
    ["http://a.example.com/<{a,a/**}>", "http://a.example.com/a/b/<**>"],
    ["http://<{*.b.example.com}>/<**>", "http://a.b.example.com/<**>"],
    ["http://<{*.b.example.com}>/<**>", "http://<{x.example.com,*.b.example.com}>/a"],
    ["http://a.example.com/<{a,a/**}>", "http://a.example.com/<**>"],
    ["http://a.example.com/<{a,a/**}>", "http://a.example.com/<{b,b/**,a,a/**}>"],
  ] as const)
    it(`overlap: ${one} and ${other}`, () => {
      assert.ok(overlap(parse(one), parse(other)));
      assert.ok(overlap(parse(other), parse(one)));
    });

  for (const [one, other] of [
    ["http://a.example.com/<**>", "http://b.example.com/<**>"],
    ["http://a.example.com/<**>", "https://a.example.com/<**>"],
    ["http://a.example.com:8080/<**>", "http://a.example.com/<**>"],
    ["http://a.example.com/api/<**>", "http://a.example.com/apis/<**>"],
    ["http://a.example.com/api/<**>", "http://a.example.com/api"],
    ["http://a.example.com/<{a,b}>", "http://a.example.com/<{c,d}>"],
    ["http://a.example.com/<{a,a/**}>", "http://a.example.com/<{ab,ab/**,b,b/**}>"],
    ["http://a.example.com/<**>/x", "http://a.example.com/<**>/y"],
    ["http://<{*.b.example.com}>/<**>", "http://a.c.b.example.com/<**>"],
    ["http://<{*.b.example.com}>/<**>", "http://b.example.com/<**>"],
  ] as const)
    it(`do not overlap: ${one} and ${other}`, () => {
      assert.ok(!overlap(parse(one), parse(other)));
      assert.ok(!overlap(parse(other), parse(one)));
    });
});

function parse(url: string): MatchPattern {
  return parseMatchPattern(url) ?? assert.fail(`not anchored: ${url}`);
}
