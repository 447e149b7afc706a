import assert from "node:assert/strict";
import { instructionsFor } from "../../../cli/google/instructions";
import { Failure } from "../../../cli/shared/failure";

const file = (domain: string, provider: object) => ({
  config: { "portcullis:domain": domain, "portcullis:loginProviders": [provider] },
});
const google = { id: "google", kind: "google", hostedDomain: "example.com" };

describe("google:instructions", () => {
  it("prints the redirect URI of the stack's domain before there is a client, and how to store the secret", () => {
    const text = instructionsFor("production", file("apps.example.com", google));
    assert.match(
      text,
      /^ {3}https:\/\/auth-server\.apps\.example\.com\/self-service\/methods\/oidc\/callback\/google$/m,
    );
    assert.match(text, /pulumi config set --secret --stack production portcullis:clientSecret\.google/);
    assert.match(
      instructionsFor("production", file("apps.example.com", { ...google, pkce: "force" })),
      /^ {3}https:\/\/auth-server\.apps\.example\.com\/self-service\/methods\/oidc\/callback$/m,
    );
    const store = { project: "login-prod", secretId: "google-client" };
    assert.match(
      instructionsFor("production", file("apps.example.com", { ...google, store })),
      /\?project=login-prod$/m,
    );
    const secretManager = { project: "login-prod", secretId: "google-client" };
    assert.match(
      instructionsFor("production", file("apps.example.com", { ...google, secretManager })),
      /gcloud secrets versions add google-client --project login-prod --data-file client_secret\.json/,
    );
  });

  it("reports what the file lacks, and a domain that Google does not take", () => {
    for (const [document, message] of [
      [
        file("apps.example.com", { id: "staff", issuerUrl: "https://id.example.com" }),
        /has no login provider/,
      ],
      [file("apps.example.com", { ...google, hostedDomain: undefined }), /hostedDomain/],
      [file("portcullis.localhost:8080", google), /not below a public top-level domain/],
      [{ config: {} }, /portcullis:domain/],
    ] as const)
      assert.throws(
        () => instructionsFor("production", document),
        (error) => error instanceof Failure && message.test(error.message),
      );
  });
});
