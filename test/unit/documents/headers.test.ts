import assert from "node:assert/strict";
import fc from "fast-check";
import {
  headersProblems,
  headersRevision,
  headerTemplates,
  reservedHeaders,
  templateStart,
  type UpstreamHeaders,
} from "../../../documents/oathkeeper/headers";
import { trustedHeaderNames } from "../../../documents/shared/trustedHeaders";

describe("headers for the upstream", () => {
  const problems = (headers: UpstreamHeaders) =>
    headersProblems("headers", headers).map(({ path, value, reason }) => [path, value, reason]);
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,5}$/);
  const headers = fc.dictionary(
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => ["X", ...words].join("-")),
    fc.string({ maxLength: 12 }),
    { maxKeys: 4 },
  );

  it("are accepted with names and values that can be sent unchanged", () => {
    const given = { "X-Env": "prod", "X-Scope-OrgID": "team-a", A1: "", "X-A-B-C-D": 'a "b" {c} }} ~' };
    assert.deepEqual(problems(given), []);
  });

  it("may not be the gateway's, the ingress controller's or the connection's, in any spelling", () => {
    for (const name of [
      "X-User-Id",
      "x-user-email",
      "X_User_Id",
      "X-Portcullis-Known",
      "authorization",
      "Cookie",
      "HOST",
      "X-Forwarded-For",
      "X-Request-Id",
      "Connection",
      "Transfer-Encoding",
      "te",
    ])
      assert.deepEqual(problems({ [name]: "x" }), [
        [
          "headers",
          JSON.stringify(name),
          "is a header of the gateway, the ingress controller or the connection",
        ],
      ]);
  });

  it("need names of words joined by hyphens, each name once", () => {
    for (const name of [
      "",
      "X Env",
      "X_Env",
      "X.Env",
      "X-Env\r\nX-User-Id",
      "X--Env",
      "-X",
      "A-B-C-D-E-F",
      "Ümlaut",
    ])
      assert.deepEqual(problems({ [name]: "x" }), [
        ["headers", JSON.stringify(name), "is not a header name"],
      ]);
    assert.deepEqual(problems({ "X-Env": "a", "x-env": "b" }), [
      ["headers", '"x-env"', 'is another spelling of "X-Env"'],
    ]);
  });

  it("need names that nginx has room for", () => {
    const longest = `X-${"a".repeat(44)}`;
    assert.deepEqual(problems({ [longest]: "x" }), []);
    assert.deepEqual(problems({ [`${longest}a`]: "x" }), [
      ["headers", `"${longest}a"`, "is longer than the 46 characters that nginx has room for"],
    ]);
  });

  it("are refused with values that would not arrive as written, which the report does not repeat", () => {
    for (const value of [
      "hunter2\r\nX-User-Id: 1",
      "hunter2\n",
      " hunter2",
      "hunter2 ",
      "hünter2",
      "hunter2\0",
    ])
      assert.deepEqual(problems({ "X-Env": value }), [
        [
          'headers["X-Env"]',
          `a text of ${value.length} characters`,
          "has line breaks, outer spaces or characters that a header cannot contain",
        ],
      ]);
  });

  it("are never evaluated: a template in a value is refused", () => {
    assert.match(problems({ "X-Env": "{{ .MatchContext.Header.Cookie }}" })[0]?.[2] ?? "", /templates/);
    fc.assert(
      fc.property(headers, (given) => {
        if (headersProblems("headers", given).length > 0) return;
        for (const template of Object.values(headerTemplates(given)))
          assert.ok(!template.includes(templateStart));
      }),
    );
  });

  it("are refused when they are too many or too long, and all mistakes are reported at once", () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`X-${at}`, "x".repeat(200)]));
    assert.deepEqual(
      problems({ ...many, Cookie: " " }).map(([path, value]) => [path, value]),
      [
        ["headers", "22 headers"],
        ["headers", "4201 characters"],
        ["headers", '"Cookie"'],
        ['headers["Cookie"]', "a text of 1 characters"],
      ],
    );
  });

  it("overwrite every spelling that some servers read as the same", () => {
    assert.deepEqual(headerTemplates({ "X-Scope-OrgID": "a", Env: "b" }), {
      "X-Scope-OrgID": "a",
      Env: "b",
      "X-Scope_OrgID": "",
      "X_Scope-OrgID": "",
      X_Scope_OrgID: "",
    });
  });

  it("may be one that other software trusts, in the spelling that replaces the proxy's", () => {
    assert.deepEqual(problems({ "X-WEBAUTH-USER": "kiosk", "X-MS-CLIENT-PRINCIPAL": "kiosk" }), []);
    assert.equal(headerTemplates({ "X-MS-CLIENT-PRINCIPAL": "kiosk" })["X-Ms-Client-Principal"], "kiosk");
  });

  it("have a revision that changes with the headers but not with their order, and is empty without any", () => {
    assert.equal(headersRevision({}), "");
    assert.match(headersRevision({ "X-Env": "prod" }), /^-[0-9a-f]{8}$/);
    assert.equal(headersRevision({ A: "1", B: "2" }), headersRevision({ B: "2", A: "1" }));
    fc.assert(
      fc.property(headers, headers, (one, other) => {
        const isSame =
          JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        assert.equal(headersRevision(one) === headersRevision(other), isSame);
      }),
    );
  });
});

describe("headers that other software trusts", () => {
  it("include all by which the proxies among them say who somebody is and what they may do", () => {
    for (const name of [
      // https://docs.goauthentik.io/add-secure-apps/providers/proxy
      ...["Username", "Groups", "Entitlements", "Email", "Name", "Uid"].map((one) => `X-Authentik-${one}`),
      // https://developer.konghq.com/plugins/key-auth and …/acl, …/ldap-auth-advanced
      ...["Id", "Custom-Id", "Username", "Groups"].map((one) => `X-Consumer-${one}`),
      ...["X-Credential-Identifier", "X-Authenticated-Userid", "X-Authenticated-Groups"],
      ...["X-Pomerium-Claim-Email", "X-Pomerium-Claim-Groups"],
    ])
      assert.ok(trustedHeaderNames.includes(name), name);
  });

  it("are spelled as Go sends them, listed once, and none of the gateway's own", () => {
    assert.equal(new Set(trustedHeaderNames).size, trustedHeaderNames.length);
    for (const name of trustedHeaderNames) {
      assert.match(name, /^[A-Z][a-z]*(?:-[A-Z][a-z]*)*$/);
      assert.ok(!reservedHeaders.includes(name.toLowerCase()), name);
    }
  });
});
