import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { refusedBy, run } from "../mocks";
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

  it("has labels and annotations of its own beside the gateway's label", async () => {
    const { made } = await run(() =>
      gateway({
        namespace: {
          labels: { "istio.io/dataplane-mode": "none" },
          annotations: { "field.cattle.io/projectId": output("c-1:p-2") },
        },
      }),
    );
    assert.deepEqual(made.one(":Namespace", "access").inputs["metadata"], {
      name: "portcullis",
      labels: { "istio.io/dataplane-mode": "none", "pod-security.kubernetes.io/enforce": "restricted" },
      annotations: { "field.cattle.io/projectId": "c-1:p-2" },
    });
  });

  it("is left alone where it is there, by its usual name too", async () => {
    const { made } = await run(() => gateway({ namespace: { create: false } }));
    assert.deepEqual(made.ofType(":Namespace"), []);
    const { metadata } = made.one(":Deployment", "access-proxy").inputs;
    assert.equal((metadata as { namespace: string }).namespace, "portcullis");
  });

  it("is refused in one report, for each label and annotation, and for what else is wrong", async () => {
    const labels = { "a b": "c", team: "a b", "kubernetes.io/metadata.name": "login" };
    const { problems } = await refusedBy(() =>
      gateway({ replicas: 0, namespace: { name: "A", labels, annotations: { "": "c" } } }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      [
        "args.namespace.name",
        "args.namespace.labels",
        'args.namespace.labels["team"]',
        'args.namespace.labels["kubernetes.io/metadata.name"]',
        "args.namespace.annotations",
        "args.replicas",
      ],
    );
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
