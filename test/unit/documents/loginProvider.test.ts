import assert from "node:assert/strict";
import {
  callbackUrl,
  defaultScopes,
  loginProvidersProblems,
  type LoginProviderSpec,
} from "../../../documents/kratos/loginProvider";
import { providerKinds } from "../../../documents/kratos/providerKinds";

const admit = { emailDomains: ["example.com"] };
const tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

function problems(...providers: readonly object[]): (readonly [string, string])[] {
  const claims = providers.map((provider) => ({ id: "one", kind: "generic", admit, ...provider }));
  return loginProvidersProblems("loginProviders", claims as unknown as LoginProviderSpec[]).map(
    ({ path, reason }) => [path.replace("loginProviders", ""), reason] as const,
  );
}

describe("login providers", () => {
  it("have the callback URL that Kratos uses for their kind of PKCE", () => {
    const publicUrl = "https://auth-server.example.com";
    const callback = "https://auth-server.example.com/self-service/methods/oidc/callback";
    assert.equal(callbackUrl(publicUrl, { id: "google" }), `${callback}/google`);
    assert.equal(callbackUrl(publicUrl, { id: "google", pkce: "auto" }), `${callback}/google`);
    assert.equal(callbackUrl(publicUrl, { id: "google", pkce: "force" }), callback);
  });

  it("are accepted with an id and what their kind needs", () => {
    assert.deepEqual(
      problems(
        { id: "google", kind: "google", hostedDomain: "example.com" },
        { id: "work-2", issuerUrl: "https://id.example.com/realms/work" },
        { id: "entra", kind: "microsoft", tenant },
        { id: "github", kind: "github", admit: { emails: ["octocat@example.com"] } },
        { id: "app", kind: "github-app", admit: { emails: ["octocat@example.com"] } },
        { id: "two", kind: "google", hostedDomain: ["example.com", "example.org"] },
        { id: "gitlab", kind: "gitlab" },
        { id: "own-gitlab", kind: "gitlab", issuerUrl: "https://gitlab.example.com" },
      ),
      [],
    );
  });

  it("are refused with an invalid or duplicate id, or without a valid issuer", () => {
    const paths = problems(
      { id: "Work/1", issuerUrl: "id.example.com" },
      { id: "stub", issuerUrl: "http://issuer.example" },
      { id: "stub" },
    ).map(([path]) => path);
    assert.deepEqual(paths, ["[0].id", "[0].issuerUrl", "[1].issuerUrl", "[2].issuerUrl", "[2].id"]);
  });

  it("are refused when their claims mapper is too large for Kratos, measured as Go encodes it", () => {
    const people = (count: number, mark = "") =>
      Array.from({ length: count }, (_, at) => `person${mark}.number${at}@department.example.com`);
    assert.deepEqual(problems({ kind: "gitlab", admit: { emails: people(1_000) } }), []);
    assert.deepEqual(problems({ kind: "gitlab", admit: { emails: people(1_000), groups: ["staff"] } }), []);
    for (const [count, mark] of [
      [1_300, ""],
      [1_000, "<&>"],
    ] as const)
      assert.deepEqual(problems({ kind: "gitlab", admit: { emails: people(count, mark) } }), [
        [
          "[0].admit",
          "make a program of more than 49152 bytes, which Kratos does not run: nobody could sign in for the first time",
        ],
      ]);
  });

  it("are refused when their kind proves no e-mail address or does not exist", () => {
    for (const kind of ["facebook", "slack", "spotify", "x"])
      assert.deepEqual(problems({ kind }), [
        ["[0].kind", "proves no e-mail address, so nobody could be admitted by one"],
      ]);
    assert.deepEqual(problems({ kind: "gogle" }), [["[0].kind", "is not a kind of login provider"]]);
  });

  it("of Microsoft are refused without the id of one tenant", () => {
    for (const of of [undefined, "common", "organizations", "contoso.onmicrosoft.com"])
      assert.deepEqual(
        problems({ kind: "microsoft", tenant: of }).map(([path]) => path),
        ["[0].tenant"],
      );
  });

  it("are refused with a Workspace when their kind reports none", () => {
    for (const kind of ["github", "gitlab", "microsoft"] as const)
      assert.deepEqual(
        problems({ kind, tenant, admit: { workspaceDomains: ["example.com"] } }).map(([path]) => path),
        ["[0].admit.workspaceDomains[0]"],
      );
  });

  it("of GitHub are refused with the id of GitHub's other kind of client", () => {
    const oauthApps = ["8f4b2c1a9e0d7f6b5a43", "Ov23liXkQyP1nRtVb7Ms"];
    const gitHubApps = ["Iv1.8a61f9b3a7aba766", "Iv23liXkQyP1nRtVb7Ms"];
    const told = (kind: string, clientId: string) => problems({ kind, clientId }).map(([path]) => path);
    for (const clientId of oauthApps) {
      assert.deepEqual(told("github", clientId), []);
      assert.deepEqual(told("github-app", clientId), ["[0].clientId"]);
    }
    for (const clientId of gitHubApps) {
      assert.deepEqual(told("github", clientId), ["[0].clientId"]);
      assert.deepEqual(told("github-app", clientId), []);
    }
    assert.deepEqual(told("github", "of an Enterprise server"), []);
  });

  it("are refused where two of them name the same person", () => {
    const closed = { issuerUrl: "https://id.example.com", admit: "closed" };
    assert.deepEqual(
      problems(
        { ...closed, id: "one", identities: [{ subject: "1", email: "a@example.com" }] },
        { ...closed, id: "two", identities: [{ subject: "7", email: "A@example.com" }] },
      ).map(([path]) => path),
      ["[1].identities[0].email"],
    );
  });

  it("are refused when the people whom they name do not fit into a ConfigMap", () => {
    const closed = (count: number) => ({
      issuerUrl: "https://id.example.com",
      admit: "closed",
      identities: Array.from({ length: count }, (_, at) => ({
        subject: `${at}`,
        email: `person${at}@example.com`,
      })),
    });
    assert.deepEqual(problems(closed(2_000)), []);
    assert.deepEqual(
      problems(closed(4_000)).map(([path, reason]) => [path, reason.replace(/list of \d+/, "list of n")]),
      [["", "make a list of n bytes, more than the 1000000 that fit into a ConfigMap"]],
    );
  });

  it("request the e-mail address by default, from GitHub with the scope user:email", () => {
    for (const kind of providerKinds.filter((one) => one !== "github-app"))
      assert.ok(
        defaultScopes(kind).some((scope) => scope.includes("email")),
        kind,
      );
    assert.deepEqual(defaultScopes("github"), ["user:email"]);
    assert.deepEqual(defaultScopes("github-app"), [], "it has permissions instead");
  });
});
