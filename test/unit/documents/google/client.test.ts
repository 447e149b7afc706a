import assert from "node:assert/strict";
import {
  googleClientIdProblems,
  googleClientSecretProblems,
  clientSecretWarnings,
  numberWarnings,
  projectWarnings,
  redirectUriProblems,
} from "../../../../documents/google/client";
import { readClientJson } from "../../../../documents/google/clientJson";
import { consoleLinks, googleInstructions } from "../../../../documents/google/instructions";

const clientId = "123456789012-abc123def456.apps.googleusercontent.com";
const clientSecret = `GOCSPX-${"aB3_".repeat(7)}`;
const redirectUri = "https://auth-server.apps.example.com/self-service/methods/oidc/callback/google";

describe("a Google client", () => {
  it("is recognised by its id, and a service account, an API key or another text is refused", () => {
    // The second form is that of Google's oldest clients, such as its own OAuth Playground.
    for (const id of [clientId, "407408718192.apps.googleusercontent.com"])
      assert.deepEqual(googleClientIdProblems("id", id), []);
    for (const other of [
      undefined,
      "",
      "108234567890123456789",
      "login@project.iam.gserviceaccount.com",
      "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
      "portcullis",
      `${clientId}.evil.example`,
      `https://${clientId}`,
    ])
      assert.equal(googleClientIdProblems("id", other).length, 1, other);
  });

  it("whose id and secret were swapped does not have the secret in the report", () => {
    const [problem, ...others] = googleClientIdProblems("id", clientSecret);
    assert.equal(problem?.value, "a client secret");
    assert.deepEqual(others, []);
  });

  it("needs a secret that is not empty, padded, a placeholder or its id, and is never shown", () => {
    assert.deepEqual(googleClientSecretProblems("secret", clientSecret), []);
    assert.deepEqual(googleClientSecretProblems("secret", "an-older-secret-1"), []);
    for (const wrong of [
      "",
      ` ${clientSecret}`,
      "<client secret>",
      "changeme",
      "YOUR_CLIENT_SECRET",
      "xxxx",
      clientId,
    ]) {
      const [problem, ...rest] = googleClientSecretProblems("secret", wrong);
      assert.ok(problem && rest.length === 0, wrong);
      assert.ok(wrong === "" || !JSON.stringify(problem).includes(wrong));
    }
  });

  it("with a secret in another form than the console's causes only a warning", () => {
    assert.deepEqual(clientSecretWarnings("secret", clientSecret), []);
    assert.equal(clientSecretWarnings("secret", "an-older-secret-1").length, 1);
  });

  it("of another project than the named one causes only a warning", () => {
    const id = "123456789012-abc.apps.googleusercontent.com";
    assert.deepEqual(numberWarnings(id, "login-prod", "123456789012"), []);
    assert.equal(numberWarnings(id, "login-prod", "12345678901").length, 1);
    assert.deepEqual(numberWarnings("12.apps.googleusercontent.com", "login-prod", "12"), []);
    assert.deepEqual(projectWarnings("12.apps.googleusercontent.com", "12", "login-prod"), []);
    assert.deepEqual(projectWarnings(id, "login-prod", "login-prod"), []);
    assert.deepEqual(projectWarnings(id, "123456789012", "login-prod"), []);
    assert.equal(projectWarnings(id, "login-prod", "other").length, 1);
  });

  it("needs a redirect URI with https and a public domain", () => {
    assert.deepEqual(redirectUriProblems("provider", redirectUri), []);
    for (const host of [
      "10.0.0.1",
      "[fd00::1]",
      "localhost",
      "auth.portcullis.localhost:8080",
      "a.test",
      "auth.local",
    ])
      assert.equal(redirectUriProblems("provider", `https://${host}/callback`).length, 1, host);
    assert.match(
      redirectUriProblems("provider", redirectUri.replace("https", "http"))[0]?.reason ?? "",
      /is not https/,
    );
  });
});

describe("the file of a Google client", () => {
  const file = (web: object) =>
    JSON.stringify({ web: { client_id: clientId, client_secret: clientSecret, ...web } });
  const read = (text: string) => readClientJson("file", text, redirectUri);

  it("yields the id, the secret and the project", () => {
    assert.deepEqual(read(file({ project_id: "login-prod", redirect_uris: [redirectUri] })), {
      credential: { clientId, clientSecret },
      projectId: "login-prod",
      problems: [],
      warnings: [],
    });
  });

  it("from before the redirect URI was added causes only a warning", () => {
    const { problems, warnings } = read(file({ redirect_uris: ["https://old.example.com/"] }));
    assert.deepEqual([problems.length, warnings.length], [0, 1]);
  });

  it("of another type or with wrong values is refused without repeating its secret", () => {
    for (const text of [
      JSON.stringify({ installed: { client_id: clientId, client_secret: clientSecret } }),
      JSON.stringify({ type: "service_account", private_key: clientSecret }),
      clientSecret,
      "",
      "null",
      file({ client_id: "portcullis" }),
      file({ client_secret: "changeme" }),
    ]) {
      const { problems } = read(text);
      assert.equal(problems.length, 1, text);
      assert.ok(!JSON.stringify(problems).includes(clientSecret));
    }
  });
});

describe("the instructions for Google's console", () => {
  it("have the redirect URI on a line of its own, the links of the project and numbered steps", () => {
    const text = googleInstructions({
      redirectUri,
      hostedDomains: ["example.com"],
      project: "login-prod",
      store: ["Keep the secret.", "Delete the file."],
    });
    const lines = text.split("\n").map((line) => line.trim());
    assert.ok(lines.includes(redirectUri));
    const { branding, audience, create } = consoleLinks("login-prod");
    for (const link of [branding, audience, create]) assert.ok(lines.includes(link), link);
    assert.deepEqual(
      lines.filter((line) => /^\d+\. /.test(line)).map((line) => Number.parseInt(line)),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.ok(lines.every((line) => line.length <= 130));
  });
});
