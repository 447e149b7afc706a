import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { run } from "../mocks";
import { gateway } from "./programs";

const external = {
  kind: "external",
  host: "db.example.com",
  port: 5432,
  database: "identities",
  user: "login",
  password: "the password",
  sslMode: "require",
} as const;

describe("a gateway's namespace", () => {
  it("is protected where a protected database is in it", async () => {
    const namespaceOf = async (database?: AccessGatewayArgs["database"]) => {
      const { made } = await run(() => gateway(database && { database }));
      return made.one(":Namespace", "access").options.protect;
    };
    assert.equal(await namespaceOf(), true);
    assert.equal(await namespaceOf({ kind: "cloudNativePg", backup: "off" }), true);
    assert.equal(await namespaceOf({ kind: "inCluster", protect: false }), undefined);
    assert.equal(await namespaceOf(external), undefined);
  });

  it("is told, and the Services in it that routes lead to", async () => {
    const { result } = await run(() => {
      const { namespace, services } = gateway();
      return new Promise((resolve) => {
        output({ namespace, services }).apply(resolve);
      });
    });
    assert.deepEqual(result, {
      namespace: "portcullis",
      services: {
        proxy: "access-proxy",
        grpcProxy: "access-proxy-grpc",
        identityServer: "access-identity-front",
        loginUi: "access-login-ui",
      },
    });
  });
});
