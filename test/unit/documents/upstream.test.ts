import assert from "node:assert/strict";
import fc from "fast-check";
import { ruleCrd } from "../../../documents/oathkeeper/ruleCrd";
import { upstreamProblems } from "../../../documents/oathkeeper/upstream";

describe("upstream URL", () => {
  it("is scheme, host, port and path", () => {
    for (const url of ["http://vmagent.monitoring.svc:8429", "https://10.0.0.1/base", "http://[fd00::1]:80/"])
      assert.deepEqual(upstreamProblems("upstream.url", url), []);
  });

  for (const [url, reason] of [
    ["vmagent:8429", "no scheme"],
    ["ftp://vmagent", "no scheme"],
    ["//vmagent", "no scheme"],
    ["", "no scheme"],
    ['http://vmagent"', "quotes"],
    ["http://vmagent'", "quotes"],
    ["http://vmagent\nX-Evil: 1", "newlines"],
    ["http://vm agent", "spaces"],
    ["http://vmagent:port", "not a URL"],
    ["http://", "not a URL"],
    ["http://10.0.0.1.", "a dot behind an address"],
    ["http://.", "a host or a path that the proxy cannot ask"],
    ["http://.:8429", "a host or a path that the proxy cannot ask"],
    ["http://vmagent/?a=1", "query"],
    ["http://vmagent/#a", "fragment"],
    [`http://vmagent/${"a".repeat(256)}`, "longer than 256"],
  ] as const)
    it(`cannot be ${JSON.stringify(url.slice(0, 40))}`, () => {
      const problems = upstreamProblems("upstream.url", url);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.reason ?? "", new RegExp(reason));
      assert.equal(problems[0]?.path, "upstream.url");
    });

  it("is reported without its credentials", () => {
    for (const url of [
      "http://user:hunter2@vmagent",
      "http://hunter2@vmagent",
      "http://:hunter2@vmagent",
      "user:hunter2@vmagent",
      'http://user:hunter2@vmagent"',
    ]) {
      const problems = upstreamProblems("upstream.url", url);
      assert.equal(problems.length, 1);
      assert.doesNotMatch(JSON.stringify(problems), /hunter2|user:/);
    }
  });

  it("that passes the check is also accepted by the custom resource", () => {
    const { url } =
      ruleCrd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties.upstream.properties ?? {};
    assert.ok(url !== undefined);
    const accepted = new RegExp(url.pattern);
    fc.assert(
      fc.property(fc.webUrl(), (candidate) => {
        if (upstreamProblems("url", candidate).length > 0) return;
        assert.match(candidate, accepted);
        assert.ok(candidate.length >= url.minLength && candidate.length <= url.maxLength);
      }),
    );
  });
});
