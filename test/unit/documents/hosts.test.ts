import assert from "node:assert/strict";
import {
  authority,
  domainProblems,
  hostProblems,
  parseDomain,
  covers,
} from "../../../documents/oathkeeper/hosts";
import { describeProblem } from "../../../documents/shared/problem";

describe("domain", () => {
  it("is a name with an optional port", () => {
    assert.deepEqual(parseDomain("apps.example.com"), { name: "apps.example.com" });
    assert.deepEqual(parseDomain("portcullis.localhost:8080"), { name: "portcullis.localhost", port: 8080 });
  });

  for (const [value, reason] of [
    ["https://apps.example.com", "scheme"],
    ["apps.example.com/", "not a domain name"],
    ["apps.example.com:", "port"],
    ["apps.example.com:0", "port"],
    ["apps.example.com:65536", "port"],
    ["apps.example.com:80:80", "port"],
    ["Apps.example.com", "upper-case"],
    ["localhost", "single label"],
    ["192.168.1.1", "IP address"],
    ["apps..example.com", "not a domain name"],
    ["-apps.example.com", "not a domain name"],
    ["apps.example.com\n", "not a domain name"],
    ["*.example.com", "not a domain name"],
    ["", "not a domain name"],
    [`${"a.".repeat(126)}com`, "not a domain name"],
  ] as const)
    it(`is not ${JSON.stringify(value.slice(0, 40))}`, () => {
      const problems = domainProblems("domain", value);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.reason ?? "", new RegExp(reason));
      assert.throws(() => parseDomain(value), RangeError);
    });
});

describe("hosts of a domain", () => {
  const domain = parseDomain("portcullis.localhost:8080");
  const problemsOf = (...hosts: string[]) =>
    hostProblems(
      domain,
      hosts.map((host, index) => ({ path: `services[${index}].hosts[0]`, host })),
    );

  it("have the domain's port in URLs", () => {
    assert.equal(authority("vmagent.portcullis.localhost", domain), "vmagent.portcullis.localhost:8080");
    assert.equal(authority("a.example.com", { name: "example.com" }), "a.example.com");
  });

  it("may be any names inside the domain", () => {
    assert.deepEqual(
      problemsOf("vmagent.portcullis.localhost", "a.b.portcullis.localhost", "authors.portcullis.localhost"),
      [],
    );
  });

  it("may be the domain itself, and a wildcard for all names one label below a host", () => {
    assert.deepEqual(problemsOf("portcullis.localhost", "*.previews.portcullis.localhost"), []);
    assert.equal(covers("*.b.example.com", "a.b.example.com"), true);
    for (const host of ["b.example.com", "x.a.b.example.com", "a.example.com", "*.b.example.com"])
      assert.equal(covers("*.b.example.com", host), false, host);
    assert.equal(covers("b.example.com", "a.b.example.com"), false, "no wildcard");
  });

  for (const [host, reason] of [
    ["http://vmagent.portcullis.localhost", "scheme"],
    ["vmagent.portcullis.localhost:8080", "port"],
    ["VMagent.portcullis.localhost", "upper-case"],
    ["vmagent.portcullis.localhost.evil.example", "outside the domain"],
    ["vmagentportcullis.localhost", "outside the domain"],
    ["*.vmagent.example.com", "outside the domain"],
    ["vmagent.example.com", "outside the domain"],
    ["auth.portcullis.localhost", "gateway itself"],
    ["auth-server.portcullis.localhost", "gateway itself"],
    ["*.portcullis.localhost", "every host of the domain"],
    ["*", "not a host name"],
    ["*.*.a.portcullis.localhost", "not a host name"],
    ["a.*.portcullis.localhost", "not a host name"],
    ["a*.portcullis.localhost", "not a host name"],
    ['vm".portcullis.localhost', "not a host name"],
    ["vm\n.portcullis.localhost", "not a host name"],
    ["vmagent.portcullis.localhost\n", "not a host name"],
    ["vm<.*>.portcullis.localhost", "not a host name"],
    ["vm{a,b}.portcullis.localhost", "not a host name"],
    [".portcullis.localhost", "not a host name"],
    ["", "not a host name"],
  ] as const)
    it(`cannot be ${JSON.stringify(host)}`, () => {
      const problems = problemsOf(host);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.reason ?? "", new RegExp(reason));
    });

  it("cannot be used twice, and the report names both places", () => {
    const problems = problemsOf("a.portcullis.localhost", "b.portcullis.localhost", "a.portcullis.localhost");
    assert.deepEqual(problems.map(describeProblem), [
      'services[2].hosts[0]: is already used by services[0].hosts[0] (found "a.portcullis.localhost"). ' +
        "Name every host once.",
    ]);
  });

  it("are reported all at once", () => {
    assert.deepEqual(
      problemsOf("a.example.com", "ok.portcullis.localhost", "auth.portcullis.localhost").map(
        ({ path }) => path,
      ),
      ["services[0].hosts[0]", "services[2].hosts[0]"],
    );
  });
});
