import assert from "node:assert/strict";
import { outsideProblems } from "../../../documents/oathkeeper/outside";

const problemsOf = (upstream: object, jwksUrl?: string) =>
  outsideProblems((property) => property, {
    upstream,
    machines:
      jwksUrl === undefined ? undefined : { issuer: "https://ci.example.com", audience: "grafana", jwksUrl },
  });

describe("a URL of a service whose proxy reaches only pods", () => {
  for (const url of [
    "http://grafana",
    "http://grafana.monitoring:3000",
    "http://grafana.monitoring.svc:3000",
    "https://grafana.monitoring.svc.cluster.local",
    "http://grafana.monitoring.svc.cluster.local.:3000",
  ])
    it(`may be ${url}`, () => {
      assert.deepEqual(problemsOf({ url }, url), []);
    });

  for (const url of [
    "https://gitlab.com/oauth/discovery/keys",
    "https://token.actions.githubusercontent.com/.well-known/jwks",
    "http://192.168.1.7:8080/keys",
    "http://[2001:db8::7]:9090",
    "http://grafana.monitoring.svc.evil.example",
    "http://grafana.monitoring.svc.cluster.local.evil.example",
    "http://svc.example.com/",
    "http://grafana.monitoring.svcs.example.com/",
  ])
    it(`may not be ${url}, and the report says how to allow it`, () => {
      for (const [problems, path] of [
        [problemsOf({ url }), "upstream.url"],
        [problemsOf({ namespace: "monitoring", name: "grafana" }, url), "machines.jwksUrl"],
      ] as const) {
        const [problem, ...others] = problems;
        assert.equal(problem?.path, path);
        assert.match(problem.fix, /egress\.alsoTo\.proxy/);
        assert.deepEqual(others, []);
      }
    });

  it("is reported with the name of a Service without the cluster's domain", () => {
    const [problem] = problemsOf({ url: "http://grafana.monitoring.svc.corp.example:3000/app" });
    assert.match(problem?.fix ?? "", /^Name a Service .*, "http:\/\/grafana\.monitoring\.svc"\. Allow /);
    const [other] = problemsOf({ url: "http://grafana.example.com" });
    assert.match(other?.fix ?? "", /^Allow it in egress/);
  });

  it("is not reported here where it is not a usable URL", () => {
    for (const url of [
      "grafana.example.com",
      "https://user:password@grafana.example.com",
      "http://a'b.example.net",
    ])
      assert.deepEqual(problemsOf({ url }), []);
  });
});
