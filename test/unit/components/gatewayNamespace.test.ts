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
  it("is protected when it contains a protected database", async () => {
    const namespaceOf = async (database?: AccessGatewayArgs["database"]) => {
      const { made } = await run(() => gateway(database && { database }));
      return made.one(":Namespace", "access").options.protect;
    };
    assert.equal(await namespaceOf(), true);
    assert.equal(await namespaceOf({ kind: "cloudNativePg", backup: "off" }), true);
    assert.equal(await namespaceOf({ kind: "inCluster", protect: false }), undefined);
    assert.equal(await namespaceOf(external), undefined);
  });

  it("has the given labels and annotations beside the gateway's label", async () => {
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

  it("is not created when it exists, even under its default name", async () => {
    const { made } = await run(() => gateway({ namespace: { create: false } }));
    assert.deepEqual(made.ofType(":Namespace"), []);
    const { metadata } = made.one(":Deployment", "access-proxy").inputs;
    assert.equal((metadata as { namespace: string }).namespace, "portcullis");
  });

  it("is reported with every wrong label and annotation and all other mistakes at once", async () => {
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

  it("is an output, with the names of its Services for routes", async () => {
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
