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

  it("pass with a name and what their kind needs", () => {
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

  it("are refused with a bad name, a used name or without an issuer", () => {
    const paths = problems(
      { id: "Work/1", issuerUrl: "id.example.com" },
      { id: "stub", issuerUrl: "http://issuer.example" },
      { id: "stub" },
    ).map(([path]) => path);
    assert.deepEqual(paths, ["[0].id", "[0].issuerUrl", "[1].issuerUrl", "[2].issuerUrl", "[2].id"]);
  });

  it("are refused with more people than Kratos reads, as Go writes them", () => {
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

  it("are refused where Kratos would know the provider, but the provider proves no address", () => {
    for (const kind of ["facebook", "slack", "spotify", "x"])
      assert.deepEqual(problems({ kind }), [
        ["[0].kind", "proves no e-mail address, so that nobody could be admitted by one"],
      ]);
    assert.deepEqual(problems({ kind: "gogle" }), [["[0].kind", "is not a kind of login provider"]]);
  });

  it("of Microsoft are refused without the one tenant whose addresses are proven", () => {
    for (const of of [undefined, "common", "organizations", "contoso.onmicrosoft.com"])
      assert.deepEqual(
        problems({ kind: "microsoft", tenant: of }).map(([path]) => path),
        ["[0].tenant"],
      );
  });

  it("are refused with a Workspace that they do not tell", () => {
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

  it("ask for the address, GitHub by the only scope that has it", () => {
    for (const kind of providerKinds.filter((one) => one !== "github-app"))
      assert.ok(
        defaultScopes(kind).some((scope) => scope.includes("email")),
        kind,
      );
    assert.deepEqual(defaultScopes("github"), ["user:email"]);
    assert.deepEqual(defaultScopes("github-app"), [], "it has permissions instead");
  });
});
