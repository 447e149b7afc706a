import assert from "node:assert/strict";
import { issuerUrlProblems, plainHttpProblems } from "../../../documents/shared/issuerUrl";

const path = "issuerUrl";

describe("an issuer's URL", () => {
  it("is accepted as a discovery document spells it", () => {
    for (const url of [
      "https://id.example.com",
      "https://id.example.com/",
      "https://id.example.com:8443/realms/staff",
      "https://example.okta.com/oauth2/aus1%20b",
      "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123",
      "https://[2001:db8::1]/dex",
      "https://id.example.com/@staff",
    ])
      assert.deepEqual(issuerUrlProblems(path, url), [], url);
  });

  it("is refused when Kratos would not start with it or no issuer can have it", () => {
    for (const url of [
      undefined,
      "",
      "id.example.com",
      "ftp://id.example.com",
      "https:id.example.com",
      "https://",
      "https://a{b}",
      "https://a{b}.example.com",
      "https://id.example.com/{tenant}",
      "https://id.example.com/a b",
      " https://id.example.com",
      "https://id.example.com\n",
      'https://id.example.com/"',
      "https://id.example.com?tenant=a",
      "https://id.example.com#a",
      "https://id.example.com\\evil",
      "https://id.example.com:port",
      "https://id.example.com:99999",
    ])
      assert.equal(issuerUrlProblems(path, url).length, 1, String(url));
  });

  it("is refused as the address of its discovery document", () => {
    for (const [url, issuer] of [
      ["https://id.example.com/.well-known/openid-configuration", "https://id.example.com"],
      [
        "https://id.example.com/realms/staff/.well-known/openid-configuration/",
        "https://id.example.com/realms/staff",
      ],
    ] as const) {
      const [problem, ...others] = issuerUrlProblems(path, url);
      assert.equal(problem?.fix, `Write what is before it: "${issuer}".`);
      assert.deepEqual(others, []);
    }
  });

  it("is refused with credentials in it, which the report does not repeat", () => {
    for (const url of [
      "https://bob:hunter2@id.example.com",
      "https://hunter2@id.example.com/realm",
      "//hunter2@id",
      "bob:hunter2@id.example.com/realm",
    ]) {
      const [problem] = issuerUrlProblems(path, url);
      assert.match(problem?.reason ?? "", /password/);
      assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
    }
  });

  it("is refused as plain http, except for localhost and names below it", () => {
    const refused = (url: string) => plainHttpProblems(path, url).length > 0;
    assert.ok(refused("http://id.example.com"));
    assert.ok(refused("HTTP://id.example.com"));
    assert.ok(refused("http://localhost.example.com"));
    assert.ok(refused("http://keycloak.id.svc.cluster.local/realms/staff"));
    assert.ok(!refused("https://id.example.com"));
    assert.ok(!refused("http://localhost:8080"));
    assert.ok(!refused("http://issuer.portcullis.localhost:8080"));
  });
});
