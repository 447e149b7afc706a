import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { runtime } from "@pulumi/pulumi";
import type program from "../../../index";
import type { GatewayOutputs } from "../../../stacks/gateway";
import { run } from "../mocks";
import { checkedInConfig } from "./configuration";

const require = createRequire(__filename);

describe("the program", () => {
  it("outputs the dev stack's addresses, and runs its demo upstream before it protects it", async () => {
    const config = Object.entries(checkedInConfig()).map(
      ([key, value]) => [`portcullis:${key}`, value] as const,
    );
    runtime.setAllConfig(Object.fromEntries(config));
    const { made, result } = await run(() => (require("../../../index") as typeof program)());
    runtime.setAllConfig({});
    const { callbackUrls, identityServer, loginUi, namespace, replicas, services } = result as GatewayOutputs;
    assert.deepEqual(
      { callbackUrls, identityServer, loginUi, namespace, replicas, services },
      {
        namespace: "portcullis",
        loginUi: "http://auth.portcullis.localhost:8080",
        identityServer: "http://auth-server.portcullis.localhost:8080",
        replicas: 2,
        callbackUrls: {
          stub: "http://auth-server.portcullis.localhost:8080/self-service/methods/oidc/callback/stub",
        },
        services: { vmagent: "http://vmagent.portcullis.localhost:8080" },
      },
    );
    assert.deepEqual(
      Object.keys(result).sort(),
      [
        ...["admissions", "callbackUrls", "gateway", "identityServer", "loginUi", "namespace", "replicas"],
        ...["services", "sessionCookie", "signOut", "signedIdentity"],
      ],
      "commands and other stacks read them by these names",
    );
    const { after } = made.one(":ProtectedService", "vmagent");
    assert.ok(after.includes("kubernetes:core/v1:Service vmagent"));
  });
});
