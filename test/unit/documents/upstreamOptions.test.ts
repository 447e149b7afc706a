import assert from "node:assert/strict";
import fc from "fast-check";
import {
  grantProblems,
  optionPatterns,
  upstreamOptionsProblems,
  writtenOptions,
  type GrantedMeans,
  type UpstreamOptions,
} from "../../../documents/rules/upstreamOptions";
import { upstreamsProblems } from "../../../components/accessProxy/upstreamsProblems";
import type { UpstreamsArgs } from "../../../components/accessProxy/upstreams";
import { within, type Path } from "../../../documents/shared/problem";
import { authority as trusted } from "../authority";

const path: Path = (property) => property;
const duration = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom("s" as const, "m" as const))
  .map(([number, unit]) => `${number}${unit}` as const);

describe("the options of an upstream", () => {
  const told = (options: object, scheme = "https") =>
    upstreamOptionsProblems(path, options as UpstreamOptions, scheme).map(
      (one) => `${one.path}: ${one.reason}`,
    );

  it("are written in the form that admission accepts, whatever the check accepts", () => {
    const size = fc
      .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("k" as const, "m" as const, "g" as const))
      .map(([number, unit]) => `${number}${unit}` as const);
    const options = fc.record(
      { timeouts: fc.record({ read: duration, send: duration }), maxBodySize: size, buffering: fc.boolean() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (drawn) => {
        assert.deepEqual(upstreamOptionsProblems(path, drawn, "http"), []);
        for (const [name, value] of Object.entries(writtenOptions(drawn) ?? {}))
          assert.match(value, new RegExp(optionPatterns[name as keyof typeof optionPatterns]), name);
      }),
    );
    assert.equal(writtenOptions({}), undefined);
    assert.equal(writtenOptions({ buffering: false, tls: { verify: true } }), undefined);
  });

  for (const [options, problem] of [
    [{ timeouts: { connect: "2m" } }, "timeouts.connect: is longer than 75s"],
    [{ timeouts: { read: "25h" } }, "timeouts.read: is longer than 24h"],
    [{ timeouts: { send: "1.5h" } }, "timeouts.send: is not a whole number of seconds, minutes or hours"],
    [{ maxBodySize: "20M" }, "maxBodySize: is not a whole number of kilobytes, megabytes or gigabytes"],
    [{ tls: { verify: false, authorities: "a" } }, "tls.authorities: check nothing with verify: false"],
    [{ tls: { serverName: "a b" } }, "tls.serverName: is not a host name"],
    [{ tls: { serverName: `${"a.".repeat(126)}aa` } }, "tls.serverName: is not a host name"],
    [{ tls: { authorities: "A" } }, "tls.authorities: is not a name of the gateway's upstreams"],
    [{ credentials: "../x" }, "credentials: is not a name of the gateway's upstreams"],
  ] as const)
    it(`cannot be ${JSON.stringify(options)}`, () => {
      assert.deepEqual(told(options), [problem]);
    });

  it("may have TLS only with https", () => {
    assert.deepEqual(told({ tls: {} }, "http"), ["tls: is for an upstream that is asked by https"]);
    assert.deepEqual(told({ tls: {} }, "https"), []);
  });

  const granted: GrantedMeans = {
    authorities: ["internal"],
    clientCertificates: { mesh: ["team-a"] },
    credentials: {
      grafana: { header: "Authorization", namespaces: [] },
      key: { header: "X-Api-Key", namespaces: ["team-a"] },
    },
  };
  const refused = (options: UpstreamOptions, namespace?: string, isSigned = false) =>
    grantProblems(path, options, granted, { namespace, isSigned }).map((one) => one.path);

  it("may name only what the gateway grants to the namespace, and in its own namespace all of it", () => {
    assert.deepEqual(refused({ credentials: "grafana", tls: { clientCertificate: "mesh" } }), []);
    assert.deepEqual(refused({ credentials: "key", tls: { authorities: "internal" } }, "team-a"), []);
    assert.deepEqual(refused({ credentials: "grafana" }, "team-a"), ["credentials"]);
    assert.deepEqual(refused({ credentials: "key", tls: { clientCertificate: "mesh" } }, "team-b"), [
      "tls.clientCertificate",
      "credentials",
    ]);
    assert.deepEqual(refused({ tls: { authorities: "other" } }), ["tls.authorities"]);
  });

  it("cannot send both credentials and a signed identity as Authorization", () => {
    assert.deepEqual(refused({ credentials: "grafana" }, undefined, true), ["credentials"]);
    assert.deepEqual(refused({ credentials: "key" }, undefined, true), []);
  });
});

describe("what a gateway keeps for upstreams", () => {
  const told = (upstreams: UpstreamsArgs) =>
    upstreamsProblems(within(path, "upstreams"), upstreams as Parameters<typeof upstreamsProblems>[1]).map(
      (one) => `${one.path}: ${one.reason}`,
    );

  it("is reported with every mistake, a private key in an authority included", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    assert.deepEqual(
      told({
        authorities: {
          good: { pem: trusted + trusted },
          Odd: { configMapName: "ca", key: "ca.crt" },
          text: { pem: "no certificate" },
          private: { pem: trusted + key },
        },
        clientCertificates: { mesh: { secretName: "A", namespaces: ["Team"] } },
        credentials: {
          basic: { kind: "basic", secretName: "basic" },
          cookie: { kind: "header", secretName: "key", key: "key", header: "Cookie" },
          user: { kind: "header", secretName: "key", key: "key", header: "X-User-Id" },
          long: { kind: "header", secretName: "key", key: "key", header: "A".repeat(47) },
          lines: { kind: "header", secretName: "key", key: "key", prefix: "a\nb" },
        },
      }),
      [
        "upstreams.authorities.Odd: is not a name of the gateway's upstreams",
        "upstreams.authorities.text.pem: is not a certificate",
        "upstreams.authorities.private.pem: will be public, and this contains a private key",
        "upstreams.clientCertificates.mesh.secretName: is not the name of a Secret",
        "upstreams.clientCertificates.mesh.namespaces[0]: is not the name of a namespace",
        "upstreams.credentials.cookie.header: is not a header name, or is one of the gateway's own",
        "upstreams.credentials.user.header: is not a header name, or is one of the gateway's own",
        "upstreams.credentials.long.header: is longer than the 46 characters that nginx has room for",
        "upstreams.credentials.lines.prefix: has characters that a header cannot contain",
      ],
    );
  });
});
