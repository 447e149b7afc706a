import assert from "node:assert/strict";
import { grpcProblems, isGrpc, ruleUrl, upstreamSchemes } from "../../../documents/oathkeeper/grpc";
import { upstreamOptionsProblems } from "../../../documents/rules/upstreamOptions";
import { accessRules } from "../../../documents/oathkeeper/accessRules";
import { ruleCrd } from "../../../documents/oathkeeper/ruleCrd";
import { upstreamProblems } from "../../../documents/oathkeeper/upstream";
import type { Path } from "../../../documents/shared/problem";

const path: Path = (property) => property;
const pathsOf = (policy: Parameters<typeof grpcProblems>[1]) =>
  grpcProblems(path, policy).map((problem) => problem.path);

describe("a gRPC service", () => {
  it("has a Rule that the CRD accepts, with the protocol in a mutator", () => {
    const pattern = new RegExp(
      /"pattern":"(\^\(\?:https[^"]*)"/.exec(JSON.stringify(ruleCrd))?.[1] ?? "^https?://",
    );
    for (const scheme of upstreamSchemes) assert.match(ruleUrl(`${scheme}://calls.team.svc:9090`), pattern);
    assert.deepEqual(upstreamSchemes.filter(isGrpc), ["grpc", "grpcs"]);
    assert.equal(ruleUrl("http://grpc.team.svc/grpc:"), "http://grpc.team.svc/grpc:");
    const [rule] = accessRules({
      scheme: "https",
      domain: { name: "apps.example.com" },
      hosts: ["calls.apps.example.com"],
      upstreamOptions: { protocol: "grpc" },
    });
    const { mutators, upstream } = rule.withUpstream(ruleUrl("grpcs://calls.team.svc:9090"));
    assert.equal(upstream.url, "https://calls.team.svc:9090");
    assert.deepEqual(mutators.at(-1), { handler: "noop", config: { protocol: "grpc" } });
  });

  it("accepts an upstream URL only without a path", () => {
    for (const url of ["grpc://192.0.2.7:9090", "grpcs://calls.example.com", "grpc://calls.team.svc:9090/"])
      assert.deepEqual(upstreamProblems("upstream.url", url), []);
    const [problem] = upstreamProblems("upstream.url", "grpc://192.0.2.7:9090/base");
    assert.match(problem?.reason ?? "", /has a path/);
    for (const url of ["grpc:calls", "grpcx://calls", "grpc://calls\n", "grpc://user:hunter2@calls"])
      assert.equal(upstreamProblems("upstream.url", url).length, 1, url);
  });

  it("accepts TLS options only with grpcs", () => {
    const of = (scheme: string) => upstreamOptionsProblems(path, { tls: { serverName: "a.b" } }, scheme);
    assert.match(of("grpc")[0]?.fix ?? "", /"grpcs"/);
    assert.deepEqual(of("grpcs"), []);
  });

  it("refuses what only HTTP has: buffering, a path to strip, methods without POST", () => {
    assert.deepEqual(pathsOf({ upstream: { maxBodySize: "4m", timeouts: { read: "1h" } } }), []);
    assert.deepEqual(pathsOf({ upstream: { buffering: true }, stripPath: true, methods: ["GET"] }), [
      "upstream.buffering",
      "stripPath",
      "methods",
    ]);
    assert.deepEqual(pathsOf({ upstream: { buffering: false }, stripPath: false, methods: ["POST"] }), []);
  });

  it("makes a call public only for POST, the method of every call", () => {
    const open = (text: `/${string}`, methods?: readonly ["POST"]) =>
      pathsOf({ publicPaths: [{ path: text, match: "prefix", ...(methods && { methods }) }] });
    for (const text of ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health", "/a.B/c"] as const) {
      assert.deepEqual(open(text), ["publicPaths[0].methods"], text);
      assert.deepEqual(open(text, ["POST"]), [], text);
    }
    // The same server may have pages for gRPC-Web.
    for (const text of ["/static", "/index.html/", "/", "/favicon"] as const)
      assert.deepEqual(open(text), [], text);
  });
});
