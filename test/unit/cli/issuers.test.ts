import assert from "node:assert/strict";
import { issuerItems, type Ask } from "../../../cli/check/issuers";
import type { PlannedResource } from "../../../cli/check/preview";

const client = (inputs: Readonly<Record<string, unknown>>, isRemoved = false): PlannedResource => ({
  urn: "urn:pulumi:dev::p::portcullis:index:OidcClient::staff",
  type: "portcullis:index:OidcClient",
  inputs,
  isRemoved,
});
const auth0 = "https://acme.eu.auth0.com";
const discovery = "/.well-known/openid-configuration";

describe("check of the login providers", () => {
  const answers: Readonly<Record<string, string>> = {
    [auth0 + discovery]: JSON.stringify({ issuer: `${auth0}/` }),
    [`https://page.example.com${discovery}`]: "<html>",
    [`https://nameless.example.com${discovery}`]: "{}",
  };
  const ask: Ask = (url) => Promise.resolve({ status: url in answers ? 200 : 404, body: answers[url] ?? "" });
  const lines = async (...planned: PlannedResource[]) =>
    (await issuerItems(planned, ask)).map(({ level, message }) => `${level}: ${message}`);

  it("reports an issuer that differs from its discovery document, and what to write", async () => {
    assert.deepEqual(await lines(client({ issuerUrl: `${auth0}/` })), []);
    assert.deepEqual(await lines(client({ issuerUrl: auth0 })), [
      `error: OidcClient staff: issuerUrl: is not the issuer that the provider's discovery document names, and Kratos refuses every sign-in (found "${auth0}"). Write "${auth0}/".`,
    ]);
  });

  it("notes a provider that does not answer with an issuer, and reports nothing else", async () => {
    const asked = ["https://nobody.example.com", "https://page.example.com", "https://nameless.example.com"];
    const told = await lines(...asked.map((issuerUrl) => client({ issuerUrl })));
    assert.deepEqual(
      told.map((line) => line.replace(/^note: OidcClient staff: (\S+) did not say .*: https:\S+/, "$1")),
      [
        "https://nobody.example.com answered 404",
        "https://page.example.com is not a discovery document",
        "https://nameless.example.com names no issuer",
      ],
    );
  });

  it("asks nothing of providers without discovery, or of those that are removed", async () => {
    assert.deepEqual(
      await lines(
        client({ issuerUrl: auth0 }, true),
        client({ kind: "gitlab", issuerUrl: auth0 }),
        client({ kind: "github" }),
      ),
      [],
    );
  });
});
