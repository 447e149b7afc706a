import assert from "node:assert/strict";
import { isSecret, output, secret } from "@pulumi/pulumi";
import { GoogleOAuthClient, type GoogleOAuthClientArgs } from "../../../components/googleOAuthClient";
import { ComponentProblem } from "../../../components/shared/errors";
import { run as runCommand } from "../../../local/exec";
import { checkout } from "../../../local/instances";
import { lateErrors, run, type Fields } from "../mocks";
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

function problemPaths(error: unknown): string[] {
  assert.ok(error instanceof ComponentProblem && error.hideStack, String(error));
  return error.problems.map(({ path }) => path);
}

describe("GoogleOAuthClient", () => {
  it("admits everybody of the hosted domain, and is what Kratos knows as google", async () => {
    const { made, result } = await run(() => {
      const client = google();
      gateway({ loginProviders: [client], tls });
      return client;
    });
    assert.equal(result.redirectUri, redirectUri);
    assert.deepEqual(result.admit, { workspaceDomains: ["example.com"] });
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
    assert.match(data["claims.google.jsonnet"] ?? "", /workspaceDomain == "example\.com"/);
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
          "admit",
          "hostedDomain",
          "domain",
          "source.clientId",
          "source.clientSecret",
        ]);
        assert.doesNotMatch(String(error), /changeme/);
        return true;
      },
    );
  });

  it("checks what is known only later before anything can use it", async () => {
    const errors = await lateErrors(() => {
      const source = {
        kind: "existing",
        clientId: output("portcullis"),
        clientSecret: secret("changeme"),
      } as const;
      gateway({ loginProviders: [google({ source })], tls });
    });
    assert.deepEqual(errors.flatMap(problemPaths).sort(), ["source.clientId", "source.clientSecret"]);
  });

  it("is refused by a gateway whose redirect URI is another one, as over plain http", async () => {
    for (const other of [{ tls: "off" as const }, { tls, domain: "other.example.com" }])
      await assert.rejects(
        run(() => gateway({ loginProviders: [google()], ...other })),
        (error) => {
          assert.deepEqual(problemPaths(error), ["loginProviders[0].redirectUri"]);
          return true;
        },
      );
  });

  it("reads the console's file from Secret Manager, as a secret but for the id", async () => {
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

  it("asks for the client id where nothing but a secret is stored", async () => {
    for (const more of [
      { payload: "secretOnly" },
      { delivery: { kind: "externalSecret", store: { kind: "SecretStore", name: "google" } } },
    ] as const)
      await assert.rejects(
        run(() => google({ source: { ...inSecretManager, ...more } })),
        (error) => {
          assert.deepEqual(problemPaths(error), ["source.clientId"]);
          return true;
        },
      );
  });

  it("loads Google's SDK, the largest of all, only where Secret Manager is asked", async () => {
    const program = `require("./components"); console.log(Object.keys(require.cache).some((file) => /pulumi.gcp/.test(file)))`;
    assert.equal((await nodeRun(program)).trim(), "false");
  });

  it("refuses another file than a web application's", async () => {
    const errors = await lateErrors(() => google({ source: inSecretManager }), stored('{"installed":{}}'));
    assert.deepEqual([...new Set(errors.flatMap(problemPaths))], ["source.secretId"]);
  });
});
