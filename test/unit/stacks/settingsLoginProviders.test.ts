import assert from "node:assert/strict";
import { parseSettings } from "../../../stacks/settings/parse";
import { devConfig, refusal } from "./configuration";

const octocat = { email: "octocat@example.com" };
const inFile = { project: "login-prod", secretId: "google-client" };
const reference = { secretName: "staff-client", key: "secret" };

describe("the login providers", () => {
  const admit = { emails: ["alice@example.com"] };
  const providers = [
    { id: "work", kind: "microsoft", tenant: "8eaef023-2b34-4da1-9baa-8bc8c9d6a490", clientId: "a", admit },
    {
      id: "github",
      kind: "github",
      clientId: "b",
      admit: "closed",
      identities: [{ subject: "583231", ...octocat }],
    },
    { id: "staff", issuerUrl: "https://id.example.com", clientId: "c", admit, clientSecret: reference },
    { id: "code", kind: "gitlab", clientId: "d", admit },
  ];
  const secrets = { "clientSecret.work": "1", "clientSecret.github": "2", "clientSecret.code": "3" };
  const config = (entries: readonly object[]) => {
    const rest: Record<string, string> = devConfig();
    delete rest["clientSecret.stub"];
    return { ...rest, loginProviders: JSON.stringify(entries) };
  };

  it("keep their order, and need no key for a secret in the cluster", () => {
    const { loginProviders } = parseSettings({ ...config(providers), ...secrets });
    assert.deepEqual(
      loginProviders.map(({ id, kind }) => [id, kind]),
      [
        ["work", "microsoft"],
        ["github", "github"],
        ["staff", "generic"],
        ["code", "gitlab"],
      ],
    );
    assert.deepEqual(loginProviders[2]?.clientSecret, reference);
  });

  it("admit groups of the gateway, and are checked for unknown ones despite other mistakes", () => {
    const [, , staff] = providers;
    const admitting = (named: readonly string[], groups: object) => ({
      ...config([{ ...staff, admit: { groups: named } }]),
      groups: JSON.stringify(groups),
    });
    const sre = { emails: ["alice@example.com"] };
    const [{ admit: told }] = parseSettings(admitting(["sre"], { sre })).loginProviders;
    assert.deepEqual(told, { groups: ["sre"] });
    const lines = (named: readonly string[], groups: object) =>
      refusal(admitting(named, groups)).problems.map(({ path, reason }) => `${path} ${reason}`);
    const at = "portcullis:loginProviders[0].admit.groups";
    assert.deepEqual(lines(["sre", "ser", "A b"], { sre }), [
      `${at}[2] is not a name of a group`,
      `${at}[1] is not a group of the gateway`,
    ]);
    assert.deepEqual(lines([], { sre }), ["portcullis:loginProviders[0].admit admits nobody"]);
    for (const unread of [["sre"], { sre: { emails: "alice@example.com" } }]) {
      const [line = "", ...others] = lines(["sre"], unread);
      assert.match(line, /^portcullis:groups/);
      assert.deepEqual(others, []);
    }
  });

  it("take the source of the address, who vouches for it, and several Workspaces", () => {
    const google = {
      ...{ id: "google", kind: "google", hostedDomain: ["example.com", "example.org"] },
      secretManager: inFile,
    };
    const [, , staff] = providers;
    const { loginProviders } = parseSettings({
      ...config([{ ...staff, claimsSource: "userinfo", unverifiedAddresses: "vouchedFor" }, google]),
      domain: "apps.example.com",
      tls: JSON.stringify({ secretName: "apps-tls" }),
    });
    const [thin, workspaces] = loginProviders;
    assert.ok(thin.kind === "generic" && workspaces?.kind === "google");
    assert.deepEqual([thin.claimsSource, thin.unverifiedAddresses], ["userinfo", "vouchedFor"]);
    assert.deepEqual(workspaces.hostedDomain, ["example.com", "example.org"]);
  });

  it("have no secret in the file; the report names its key and does not call it unused", () => {
    const [, , staff] = providers;
    const told = (clientSecret: unknown, secret: object, id: string | undefined = "staff") =>
      refusal({ ...config([{ ...staff, id, clientSecret }]), ...secret }).problems;
    const advice = (key: string) =>
      `Remove it. Run: pulumi config set --secret portcullis:${key}. Or name a Secret: {secretName, key}. Anyone who can read the file knows a value that was in it in plain text: make a new one.`;
    const path = "portcullis:loginProviders[0].clientSecret";
    for (const pasted of ["hunter2", 20261128])
      for (const secret of [{}, { "clientSecret.staff": "the right one" }])
        assert.deepEqual(told(pasted, secret), [
          {
            path,
            value: "a value",
            reason: "must not contain the secret itself",
            fix: advice("clientSecret.staff"),
          },
        ]);
    assert.equal(told("hunter2", {}, 5 as never)[0]?.fix, advice("clientSecret.<id>"));
    for (const [wrong, at] of [
      [["hunter2"], path],
      [{ secretName: "staff-client" }, `${path}.key`],
    ] as const)
      assert.deepEqual(
        told(wrong, { "clientSecret.staff": "the right one" }).map((problem) => problem.path),
        [at],
      );
  });

  it("of GitHub are refused with the id of GitHub's other kind of client", () => {
    const entry = { id: "github", kind: "github", clientId: "Iv1.8a61f9b3a7aba766", admit };
    const { problems } = refusal({ ...config([entry]), "clientSecret.github": "1" });
    assert.deepEqual(
      problems.map(({ path, fix }) => [path, fix]),
      [
        [
          "portcullis:loginProviders[0].clientId",
          "Write kind: github-app, or take the client id of an OAuth app.",
        ],
      ],
    );
  });

  it("are refused in one report", () => {
    const wrong = [
      { id: "work", kind: "microsoft", tenant: "common", clientId: "a", admit: {} },
      { id: "work", kind: "github", clientId: "b", admit: { workspaceDomains: ["example.com"] } },
    ];
    const { problems } = refusal({ ...config(wrong), "clientSecret.work": "1" });
    assert.deepEqual(
      problems.map(({ path }) => path.replace("portcullis:loginProviders", "")),
      ["[0].tenant", "[0].admit", "[1].admit.workspaceDomains[0]", "[1].id"],
    );
  });

  it("of Google are refused in one report, and a mistake of form hides no other", () => {
    const wrong = [
      { id: "google", kind: "google", clientId: "portcullis", admit: {} },
      { id: "google", kind: "google", hostedDomain: "x", secretManager: inFile, clientSecret: reference },
      {
        id: "alone",
        kind: "google",
        hostedDomain: "example.com",
        secretManager: { ...inFile, payload: "secretOnly" },
      },
    ];
    const { message, problems } = refusal({ ...config(wrong), "clientSecret.google": "changeme" });
    assert.deepEqual(
      problems.map(({ path }) => path.replace("portcullis:loginProviders", "")),
      [
        "[0].hostedDomain",
        "[0].admit",
        "[1].hostedDomain",
        "[1].id",
        "[0].clientId",
        "portcullis:clientSecret.google",
        "portcullis:domain",
        "[1].clientSecret",
        "portcullis:domain",
        "[2].clientId",
        "portcullis:domain",
      ],
    );
    assert.doesNotMatch(message, /changeme/);
  });

  it("of Google report an object as hostedDomain together with their other mistakes", () => {
    const hostedDomain = { domain: "example.com" };
    const wrong = [{ id: "google", kind: "google", clientId: "portcullis", hostedDomain, admit: {} }];
    assert.deepEqual(
      refusal({ ...config(wrong), "clientSecret.google": "1" })
        .problems.map(({ path }) => path.replace("portcullis:loginProviders", ""))
        .slice(0, 2),
      ["[0].hostedDomain", "[0].admit"],
    );
  });

  it("of Google are stored in Secret Manager only with their value at hand, and in one place", () => {
    const store = { project: "login-prod", secretId: "google client", accessors: { all: "allUsers" } };
    const google = {
      kind: "google",
      clientId: "1-a.apps.googleusercontent.com",
      hostedDomain: "example.com",
      store,
    };
    const entries = [
      { id: "one", ...google, secretManager: inFile },
      { id: "two", ...google, clientSecret: reference },
    ];
    const { problems } = refusal({
      ...config(entries),
      domain: "apps.example.com",
      tls: JSON.stringify({ secretName: "apps-tls" }),
    });
    assert.deepEqual(
      problems.map(({ path }) => path.replace("portcullis:loginProviders", "")),
      [
        "[0].store",
        "[0].store.secretId",
        "[0].store.accessors.all",
        "[1].store",
        "[1].store.secretId",
        "[1].store.accessors.all",
      ],
    );
  });

  it("of Google need neither a key nor a client id where Secret Manager has the file", () => {
    const google = { id: "google", kind: "google", hostedDomain: "example.com", secretManager: inFile };
    const { loginProviders } = parseSettings({
      ...config([google]),
      domain: "apps.example.com",
      tls: JSON.stringify({ secretName: "apps-tls" }),
    });
    assert.equal(loginProviders[0].kind, "google");
  });

  it("are refused with the reason where Kratos knows the kind and the gateway does not offer it", () => {
    const facebook = { id: "facebook", kind: "facebook", clientId: "a", admit };
    const { problems } = refusal({ ...config([facebook]), "clientSecret.facebook": "1" });
    assert.deepEqual(
      problems.map(({ path, value, fix }) => [path, value, fix.split(".")[0]]),
      [
        [
          "portcullis:loginProviders[0].kind",
          '"facebook"',
          "It proves no e-mail address, so nobody could be admitted by one",
        ],
      ],
    );
  });
});
