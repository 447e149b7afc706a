import assert from "node:assert/strict";
import { urlPattern } from "../../../documents/oathkeeper/patterns";
import { servicePathsProblems } from "../../../documents/oathkeeper/servicePaths";
import { argument } from "../../../documents/shared/problem";
import { matches } from "./glob";

type Given = Parameters<typeof servicePathsProblems>[1];

const told = (given: Given) =>
  servicePathsProblems(argument, given).map(({ path, reason }) => `${path} ${reason}`);

describe("the paths of a service", () => {
  for (const given of [
    {},
    { stripPath: false },
    { paths: ["/prometheus"], stripPath: true },
    { paths: ["/a", "/ab", "/b/c"] },
    {
      paths: ["/a"],
      publicPaths: [
        { path: "/a", match: "exact" },
        { path: "/a/b", match: "prefix" },
      ],
    },
  ] satisfies Given[])
    it(`may be ${JSON.stringify(given)}`, () => {
      assert.deepEqual(told(given), []);
    });

  for (const [given, ...problems] of [
    [{ stripPath: true }, "args.stripPath does not say which path to leave out when the upstream is asked"],
    [
      { paths: ["/a", "/b"], stripPath: true },
      "args.stripPath does not say which path to leave out when the upstream is asked",
    ],
    [{ paths: [] }, "args.paths names no path"],
    [
      { paths: ["a", "/b//c", "/ü", "/*", "/b/../c", "/", "/d/"] },
      "args.paths[0] is not a plain path",
      "args.paths[1] is not a plain path",
      "args.paths[2] is not a plain path",
      "args.paths[3] is not a plain path",
      "args.paths[4] has a segment of dots",
      "args.paths[5] is the whole host, which two services cannot share: no Rule can match all paths except some",
      "args.paths[6] ends in a slash",
    ],
    [{ paths: ["/a/b", "/a"] }, "args.paths[1] covers requests that args.paths[0] covers too"],
    [
      { paths: ["/a"], publicPaths: [{ path: "/healthz", match: "exact" }] },
      "args.publicPaths[0].path is not among the service's paths",
    ],
    [
      { paths: ["/a"], publicPaths: [{ path: "/ab", match: "prefix" }] },
      "args.publicPaths[0].path is not among the service's paths",
    ],
    [
      { paths: [`/${"a".repeat(2000)}`] },
      "args.paths has more than 2000 characters in all, and the proxy compares each request with them",
    ],
  ] as [Given, ...string[]][])
    it(`may not be ${JSON.stringify(given).slice(0, 80)}`, () => {
      assert.deepEqual(told(given), problems);
    });

  it("match each path and everything below it, but no path that only begins alike", () => {
    const pattern = urlPattern("https", ["tools.example.com"], { name: "example.com" }, ["/a", "/b.c/d"]);
    assert.equal(pattern, "https://tools.example.com/<{a,a/**,b.c/d,b.c/d/**}>");
    for (const path of ["/a", "/a/", "/a/x/y", "/b.c/d", "/b.c/d/x"])
      assert.ok(matches(pattern, `https://tools.example.com${path}`), path);
    for (const path of ["/", "/ab", "/b.c", "/b.c/de", "/bxc/d", "/c/a", "/A"])
      assert.ok(!matches(pattern, `https://tools.example.com${path}`), path);
  });
});
