import assert from "node:assert/strict";
import { OidcClient } from "../../../components/oidcClient";
import type { GoogleOAuthClientArgs } from "../../../components/google/args";
import { GoogleOAuthClient } from "../../../components/googleOAuthClient";
import { staff } from "../components/programs";
import { refusedBy, run } from "../mocks";
import { asEngine, devConfig, refusal } from "./configuration";

const wrong = { secretName: "A b", key: "" };
const provider = {
  id: "staff",
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  admit: { emailDomains: ["example.com"] },
};
const google = { id: "google", kind: "google", hostedDomain: "example.com" };
const clientId = "123456789012-abc123.apps.googleusercontent.com";

/** The paths for which a stack that signs in at one provider is refused. */
function pathsOf(loginProvider: object, settings: object = {}): string[] {
  const { "clientSecret.stub": _, ...dev } = devConfig();
  return refusal({
    ...dev,
    domain: "apps.example.com",
    tls: "external",
    ...asEngine({ loginProviders: [loginProvider], ...settings }),
  }).problems.map(({ path }) => path);
}

async function inProgram(make: () => unknown): Promise<string[]> {
  return (await refusedBy(make)).problems.map(({ path }) => path);
}

const both = (at: string) => [`${at}.secretName`, `${at}.key`];

describe("a reference to a Secret", () => {
  it("has a possible name and key: a client's, in a stack's file and in a program", async () => {
    const at = "portcullis:loginProviders[0].clientSecret";
    assert.deepEqual(pathsOf({ ...provider, clientSecret: wrong }), both(at));
    assert.deepEqual(pathsOf({ ...google, clientId, clientSecret: wrong }), both(at));
    assert.deepEqual(await inProgram(() => staff({ clientSecret: wrong })), both("args.clientSecret"));
    const source = { kind: "existing", clientId, clientSecret: wrong } as const;
    assert.deepEqual(await inProgram(() => googleClient(source)), both("args.source.clientSecret"));
  });

  it("is accepted with every name and key that the API server takes", async () => {
    for (const key of ["ca.crt", "a", "A_b-c.d", "..a".slice(1)])
      await run(
        () => new OidcClient("staff", { ...without(provider), clientSecret: { secretName: "a.b-c", key } }),
      );
  });

  it("is checked for upstreams too, and so is a ConfigMap", () => {
    const upstreams = {
      authorities: { a: wrong, b: { configMapName: "A b", key: "." } },
      credentials: { c: { kind: "header", ...wrong } },
    };
    assert.deepEqual(
      pathsOf({ ...provider, clientSecret: { secretName: "staff", key: "secret" } }, { upstreams }).sort(),
      [
        ...both("portcullis:upstreams.authorities.a"),
        ...["configMapName", "key"].map((name) => `portcullis:upstreams.authorities.b.${name}`),
        ...both("portcullis:upstreams.credentials.c"),
      ].sort(),
    );
  });

  it("has an id that Secret Manager accepts", async () => {
    const secretManager = { project: "login-prod", secretId: "google client" };
    assert.deepEqual(pathsOf({ ...google, secretManager }), [
      "portcullis:loginProviders[0].secretManager.secretId",
    ]);
    const source = { kind: "secretManager", ...secretManager } as const;
    assert.deepEqual(await inProgram(() => googleClient(source)), ["args.source.secretId"]);
  });
});

function without({ id: _, ...args }: typeof provider) {
  return args;
}

function googleClient(source: GoogleOAuthClientArgs["source"]): GoogleOAuthClient {
  return new GoogleOAuthClient("google", { domain: "apps.example.com", hostedDomain: "example.com", source });
}
