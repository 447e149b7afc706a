import assert from "node:assert/strict";
import { mock } from "node:test";
import { isSecret, output, secret } from "@pulumi/pulumi";
import type { GoogleOAuthClientArgs } from "../../../components/google/args";
import { GoogleOAuthClient } from "../../../components/googleOAuthClient";
import { readClientJson } from "../../../documents/google/clientJson";
import { ComponentProblem } from "../../../components/shared/errors";
import { run as runCommand } from "../../../cli/shared/exec";
import { checkout } from "../../../dev/checkout";
import { lateErrors, run, type Answers, type Fields, type Recorded } from "../mocks";
import { gateway } from "./programs";

const clientId = "123456789012-abc123def456.apps.googleusercontent.com";
const clientSecret = `GOCSPX-${"aB3_".repeat(7)}`;
const redirectUri = "https://auth-server.apps.example.com/self-service/methods/oidc/callback/google";
const tls = { secretName: "apps-tls" };

function google(args: Partial<GoogleOAuthClientArgs> = {}): GoogleOAuthClient {
  return new GoogleOAuthClient("google", {
    domain: "apps.example.com",
    hostedDomain: "example.com",
    source: { kind: "existing", clientId, clientSecret },
    ...args,
  });
}

const file = JSON.stringify({
  web: { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] },
});
const inSecretManager = { kind: "secretManager", project: "login-prod", secretId: "google-client" } as const;
const stored = (secretData: string) => ({
  "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess": { secretData },
});

function nodeRun(program: string): Promise<string> {
  return runCommand(process.execPath, ["--import", "tsx", "--eval", program], { cwd: checkout });
}

/** The warnings of a program with the client, if Google answers like this. */
async function warnings(args: Partial<GoogleOAuthClientArgs>, answers: Answers = {}): Promise<string[]> {
  const printed = mock.method(console, "warn", () => undefined);
  try {
    await run(() => google(args), {}, answers);
    return printed.mock.calls.map(({ arguments: [line] }) => String(line));
  } finally {
    printed.mock.restore();
  }
}

function problemPaths(error: unknown): string[] {
  assert.ok(error instanceof ComponentProblem && error.hideStack, String(error));
  return error.problems.map(({ path }) => path);
}

describe("GoogleOAuthClient", () => {
  it("admits everybody of the hosted domain, and is a provider of the kind google in Kratos", async () => {
    const { made, result } = await run(() => {
      const client = google();
      gateway({ loginProviders: [client], tls });
      return client;
    });
    assert.equal(result.redirectUri, redirectUri);
    assert.deepEqual(result.spec.admit, { workspaceDomains: ["example.com"] });
    const data = made.one(":ConfigMap", "access-identity").inputs["data"] as Record<string, string>;
    const { selfservice } = JSON.parse(data["kratos.json"] ?? "") as {
      selfservice: { methods: { oidc: { config: { providers: Fields[] } } } };
    };
    assert.deepEqual(selfservice.methods.oidc.config.providers, [
      {
        id: "google",
        provider: "google",
        label: "Google",
        client_id: clientId,
        mapper_url: "file:///etc/kratos/claims.google.jsonnet",
        scope: ["openid", "email", "profile"],
        pkce: "auto",
      },
    ]);
    assert.match(data["claims.google.jsonnet"] ?? "", /std\.member\(\["example\.com"\], workspaceDomain\)/);
  });

  it("reports every mistake at once, and never the secret", async () => {
    await assert.rejects(
      run(() =>
        google({
          domain: "portcullis.localhost:8080",
          hostedDomain: "https://example.com",
          admit: {},
          source: { kind: "existing", clientId: "portcullis", clientSecret: "changeme" },
        }),
      ),
      (error) => {
        assert.deepEqual(problemPaths(error), [
          "args.admit",
          "args.hostedDomain",
          "args.domain",
          "args.source.clientId",
          "args.source.clientSecret",
        ]);
        assert.doesNotMatch(String(error), /changeme/);
        return true;
      },
    );
  });

  it("checks values that are known only later before anything can use them", async () => {
    const errors = await lateErrors(() => {
      const source = {
        kind: "existing",
        clientId: output("portcullis"),
        clientSecret: secret("changeme"),
      } as const;
      gateway({ loginProviders: [google({ source })], tls });
    });
    assert.deepEqual(errors.flatMap(problemPaths).sort(), [
      "args.source.clientId",
      "args.source.clientSecret",
    ]);
  });

  it("is refused by a gateway with another redirect URI, as with plain http", async () => {
    for (const other of [{ tls: "off" as const }, { tls, domain: "other.example.com" }])
      await assert.rejects(
        run(() => gateway({ loginProviders: [google()], ...other })),
        (error) => {
          assert.deepEqual(problemPaths(error), ["args.loginProviders[0].redirectUri"]);
          return true;
        },
      );
  });

  it("reads the console's file from Secret Manager, as a secret except for the id", async () => {
    const { made, result } = await run(
      () => {
        const client = google({ source: inSecretManager });
        gateway({ loginProviders: [client], tls });
        return client;
      },
      {},
      stored(file),
    );
    const { stringData } = made.one(":Secret", "access-identity").inputs as { stringData: Fields };
    assert.equal(stringData["SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_0_CLIENT_SECRET"], clientSecret);
    assert.equal(await isSecret(result.clientId), false);
    const visible = JSON.stringify(made.all.map((resource) => resource.visible));
    assert.ok(visible.includes(clientId) && !visible.includes(clientSecret));
  });

  it("leaves the secret to the External Secrets Operator, so that no state has it", async () => {
    const store = { kind: "ClusterSecretStore", name: "google" } as const;
    const { made } = await run(() => {
      const source = {
        ...inSecretManager,
        clientId,
        version: "3",
        delivery: { kind: "externalSecret", store },
      } as const;
      gateway({ loginProviders: [google({ source })], tls });
    });
    const { spec } = made.one(":ExternalSecret", "access-identity-client-google").inputs as unknown as {
      spec: Fields;
    };
    assert.deepEqual(spec, {
      refreshInterval: "1h",
      secretStoreRef: store,
      target: { name: "access-identity-client-google", creationPolicy: "Owner" },
      data: [
        {
          secretKey: "client_secret",
          remoteRef: { key: "google-client", property: "web.client_secret", version: "3" },
        },
      ],
    });
    const server = JSON.stringify(made.one(":Deployment", "access-identity").inputs);
    assert.match(server, /"secretKeyRef":\{[^}]*"access-identity-client-google"/);
  });

  it("needs the client id when only a secret is stored", async () => {
    for (const more of [
      { payload: "secretOnly" },
      { delivery: { kind: "externalSecret", store: { kind: "SecretStore", name: "google" } } },
    ] as const)
      await assert.rejects(
        run(() => google({ source: { ...inSecretManager, ...more } })),
        (error) => {
          assert.deepEqual(problemPaths(error), ["args.source.clientId"]);
          return true;
        },
      );
  });

  it("does not load Google's SDK, the largest of all, with the components", async () => {
    const program = `require("./components"); console.log(Object.keys(require.cache).some((file) => /pulumi.gcp/.test(file)))`;
    assert.equal((await nodeRun(program)).trim(), "false");
  });

  describe("that is kept in Secret Manager too", () => {
    const operators = "group:operators@example.com";
    const store = { project: "login-prod", secretId: "google-client", accessors: { operators } };
    const source = { kind: "existing", clientId, clientSecret, store } as const;
    const ofGoogle = ({ names }: Recorded) => names.filter((name) => name.startsWith("gcp:"));

    it("is a secret there, in the form that another stack reads, for the named accessors", async () => {
      const { made } = await run(() => google({ source }));
      assert.deepEqual(ofGoogle(made), [
        "gcp:projects/service:Service google-secret-manager",
        "gcp:secretmanager/secret:Secret google-credential",
        "gcp:secretmanager/secretIamMember:SecretIamMember google-credential-operators",
        "gcp:secretmanager/secretVersion:SecretVersion google-credential",
      ]);
      const { inputs, visible } = made.one(":SecretVersion", "google-credential");
      const read = readClientJson("file", inputs["secretData"] as string, redirectUri);
      assert.deepEqual(read.credential, { clientId, clientSecret });
      assert.deepEqual([...read.problems, ...read.warnings], []);
      assert.equal(visible["secretData"], "[secret]");
      assert.equal(inputs["deletionPolicy"], "DISABLE");
      const secretThere = made.one(":Secret", "google-credential");
      assert.equal(secretThere.inputs["deletionProtection"], true);
      assert.deepEqual(secretThere.after, ["gcp:projects/service:Service google-secret-manager"]);
      const { member, role } = made.one(":SecretIamMember", "google-credential-operators").inputs;
      assert.deepEqual({ member, role }, { member: operators, role: "roles/secretmanager.secretAccessor" });
    });

    it("refuses a reader that is known only later, before anything can use it", async () => {
      const late = { ...store, accessors: { operators: output("allUsers") } };
      const errors = await lateErrors(() => google({ source: { ...source, store: late } }));
      assert.deepEqual([...new Set(errors.flatMap(problemPaths))], ["args.source.store.accessors.operators"]);
    });

    it("causes one warning when its secret has another form than the console's", async () => {
      const older = { ...source, clientSecret: "an-older-secret-1" };
      assert.equal((await warnings({ source: older })).filter((line) => line.includes("GOCSPX")).length, 1);
    });

    it("is stored only when configured", async () => {
      const { made } = await run(() => google());
      assert.deepEqual(ofGoogle(made), []);
    });

    it("needs its value, a valid name in Secret Manager and valid readers", async () => {
      const wrong = { ...store, secretId: "google client", accessors: { all: "allUsers", me: "alice" } };
      const reference = { secretName: "google", key: "secret" };
      await assert.rejects(
        run(() => google({ source: { ...source, clientSecret: reference, store: wrong } })),
        (error) => {
          assert.deepEqual(problemPaths(error), [
            "args.source.store",
            "args.source.store.secretId",
            "args.source.store.accessors.all",
            "args.source.store.accessors.me",
          ]);
          return true;
        },
      );
    });
  });

  describe("of another project than its secret's or the named one", () => {
    const secretOnly = { ...inSecretManager, payload: "secretOnly", clientId } as const;
    const store = { project: "login-prod", secretId: "google-client" };
    const project = (number: string) => ({ "gcp:organizations/getProject:getProject": { number } });
    const ofProject = (lines: readonly string[]) => lines.filter((line) => line.includes(" project "));

    it("causes only a warning, by the number at the beginning of its id", async () => {
      for (const source of [secretOnly, { kind: "existing", clientId, clientSecret, store } as const]) {
        const answers = { ...stored(clientSecret), ...project("210987654321") };
        assert.match(
          ofProject(await warnings({ source }, answers)).join("\n"),
          /^.*project login-prod has the number 210987654321, .*$/,
        );
        const right = { ...answers, ...project("123456789012") };
        assert.deepEqual(ofProject(await warnings({ source }, right)), []);
      }
    });

    it("causes only a warning, by the name in the console's file, without asking Google", async () => {
      const { web } = JSON.parse(file) as { web: object };
      const answers = stored(JSON.stringify({ web: { ...web, project_id: "clients" } }));
      const args = { source: inSecretManager };
      assert.match(
        ofProject(await warnings(args, answers)).join("\n"),
        /^.*project login-prod is not the client's, whose file names clients\..*$/,
      );
      assert.deepEqual(ofProject(await warnings({ ...args, project: "clients" }, answers)), []);
    });

    it("is not detected when the project cannot be read or Google is not asked", async () => {
      const denied = { "gcp:organizations/getProject:getProject": new Error("403") };
      const answers = { ...stored(clientSecret), ...denied };
      assert.deepEqual(await lateErrors(() => google({ source: secretOnly }), answers), []);
      const delivery = { kind: "externalSecret", store: { kind: "SecretStore", name: "google" } } as const;
      for (const source of [
        { kind: "existing", clientId, clientSecret } as const,
        { ...inSecretManager, clientId, delivery },
      ])
        assert.deepEqual(ofProject(await warnings({ source, project: "p" }, project("210987654321"))), []);
    });
  });

  it("has a redirect URI without its id when PKCE is forced, as its gateway has", async () => {
    const { made, result } = await run(() => {
      const client = google({ pkce: "force" });
      const { callbackUrls } = gateway({ loginProviders: [client], tls });
      return { client, callbackUrls };
    });
    const shared = redirectUri.replace(/\/google$/, "");
    assert.equal(result.client.redirectUri, shared);
    assert.deepEqual(result.callbackUrls, { google: shared });
    assert.match(result.client.instructions, new RegExp(`^ +${shared}$`, "m"));
    const { data } = made.one(":ConfigMap", "access-identity").inputs as { data: Fields };
    assert.match(data["kratos.json"] as string, /"pkce": "force"/);
  });

  it("refuses a file that is not a web application's", async () => {
    const errors = await lateErrors(() => google({ source: inSecretManager }), stored('{"installed":{}}'));
    assert.deepEqual([...new Set(errors.flatMap(problemPaths))], ["args.source.secretId"]);
  });
});
