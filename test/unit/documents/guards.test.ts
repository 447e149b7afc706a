import assert from "node:assert/strict";
import { overrideProblems } from "../../../components/shared/images";
import { connectionProblems, sharedPool } from "../../../documents/kratos/dsn";
import { domainProblems } from "../../../documents/oathkeeper/hosts";
import { secretTextProblems, smtpUriProblems } from "../../../documents/shared/secretText";

describe("the domain of the cookie", () => {
  for (const domain of ["co.uk", "github.io", "github.io:8443", "s3.amazonaws.com"])
    it(`is refused as a public suffix: ${domain}`, () => {
      assert.match(domainProblems("domain", domain)[0]?.reason ?? "", /^is a public suffix/);
    });

  for (const domain of ["example.co.uk", "team.github.io", "apps.example.com", "portcullis.localhost:8080"])
    it(`is accepted when it is not a public suffix: ${domain}`, () => {
      assert.deepEqual(domainProblems("domain", domain), []);
    });
});

describe("the number of servers", () => {
  it("is refused when each would have too few connections to the database", () => {
    assert.deepEqual(connectionProblems("replicas", 41), []);
    assert.deepEqual(sharedPool(41), { maxConnections: 2 });
    assert.match(connectionProblems("replicas", 42)[0]?.fix ?? "", /^Write at most 41,/);
  });
});

describe("the reference of a replaced image", () => {
  it("is refused without a tag", () => {
    assert.deepEqual(
      overrideProblems("images", { override: { kratos: "mirror:5000/kratos", nginx: "nginx:1.28.0" } }).map(
        ({ path, reason }) => [path, reason],
      ),
      [["images.override.kratos", "has no tag"]],
    );
  });
});

describe("a secret setting", () => {
  for (const text of ["hunter2\n", " hunter2", "hunter2 ", "hun\tter2", "hünter2"])
    it(`is refused with outer spaces, control or non-ASCII characters, and not shown: ${JSON.stringify(text)}`, () => {
      const [problem] = secretTextProblems("secret", text);
      assert.equal(problem?.value, "a secret");
      assert.doesNotMatch(JSON.stringify(problem), /h.nt/);
    });

  it("is accepted with punctuation and inner spaces", () => {
    assert.deepEqual(secretTextProblems("secret", "the stub's ~secret~"), []);
  });

  for (const [uri, count] of [
    ["smtps://login:hunter2@mail.example.com:465/", 0],
    ["smtp://mail.example.com:25", 0],
    ["https://mail.example.com", 1],
    ["mail.example.com:465", 1],
    ["smtps://login:hunter2@mail.example.com:465/\n", 1],
  ] as const)
    it(`is checked as the URI of a mail server, and its password not shown: ${JSON.stringify(uri)}`, () => {
      const problems = smtpUriProblems("smtpUri", uri);
      assert.equal(problems.length, count);
      assert.doesNotMatch(JSON.stringify(problems), /hunter2@/);
    });
});
