import assert from "node:assert/strict";
import { ownsHost, unprotectedHostProblems } from "../../../../documents/admission/hosts";
import { parseDomain } from "../../../../documents/oathkeeper/hosts";

describe("the annotation that grants hosts", () => {
  it("grants the named hosts and all hosts below a wildcard, and no others", () => {
    const annotation = "grafana.apps.example.com, *.a.apps.example.com";
    for (const host of ["grafana.apps.example.com", "x.a.apps.example.com", "y.x.a.apps.example.com"])
      assert.ok(ownsHost(annotation, host), host);
    for (const host of ["a.apps.example.com", "xgrafana.apps.example.com", "x.grafana.apps.example.com", ""])
      assert.ok(!ownsHost(annotation, host), host);
  });
});

describe("the list of unprotected hosts", () => {
  const problems = (host: string, namespace = "status") =>
    unprotectedHostProblems("unprotectedHosts", parseDomain("apps.example.com:8080"), [{ host, namespace }]);

  it("accepts hosts of the domain, a wildcard below one of them, and the domain itself", () => {
    for (const host of ["status.apps.example.com", "*.legacy.apps.example.com", "apps.example.com"])
      assert.deepEqual(problems(host), [], host);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ["status.example.com", /outside the domain/],
    ["evilapps.example.com", /outside the domain/],
    ["*.apps.example.com", /every host/],
    ["auth.apps.example.com", /the gateway itself/],
    ["auth-server.apps.example.com", /the gateway itself/],
    ["Status.apps.example.com", /not a host name/],
    ["status.apps.example.com:8080", /not a host name/],
    ["status.apps.example.com.", /not a host name/],
    ["a.*.apps.example.com", /not a host name/],
    ["", /not a host name/],
  ];
  for (const [host, reason] of mistakes)
    it(`refuses ${JSON.stringify(host)}`, () => {
      const [problem] = problems(host);
      assert.equal(problem?.path, "unprotectedHosts[0].host");
      assert.match(problem.reason, reason);
    });

  it("refuses an invalid name of a namespace", () => {
    assert.deepEqual(
      problems("status.apps.example.com", "Status!").map(({ path }) => path),
      ["unprotectedHosts[0].namespace"],
    );
  });
});
