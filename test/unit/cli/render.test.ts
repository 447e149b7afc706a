import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlannedResource } from "../../../cli/check/preview";
import { manifestsOf } from "../../../cli/render/manifests";
import { fileNames } from "../../../cli/render/names";
import { writeManifests } from "../../../cli/render/write";

const secretSignature = "4dabf18193072939515e22adb298388d";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function planned(type: string, inputs: PlannedResource["inputs"], isRemoved = false): PlannedResource {
  const { name } = inputs["metadata"] as { name: string };
  return { urn: `urn:pulumi:dev::shop::${type}::${name}`, type, inputs, isRemoved };
}

describe("the manifests of a preview", () => {
  it("are the objects that stay, by name, without patches, providers and components", () => {
    const object = (kind: string, name: string) => ({
      apiVersion: "v1",
      kind,
      metadata: { name, namespace: "shop" },
    });
    const manifests = manifestsOf([
      planned("kubernetes:core/v1:Service", object("Service", "web")),
      planned("kubernetes:core/v1:ConfigMap", object("ConfigMap", "old"), true),
      planned("kubernetes:core/v1:ConfigMapPatch", object("ConfigMap", "patched")),
      planned("kubernetes:core/v1:ConfigMap", object("ConfigMap", "web")),
      planned("portcullis:index:ProtectedService", { metadata: { name: "component" } }),
    ]);
    assert.deepEqual(
      manifests.map(({ name }) => name),
      ["configmap.shop.web", "service.shop.web"],
    );
    assert.match(manifests[1]?.text ?? "", /^apiVersion: v1\nkind: Service\n/);
  });

  it("have no secret, and mark what only an update knows", () => {
    const secret = {
      [secretSignature]: "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "hidden",
      value: "hunter2",
    };
    const [manifest] = manifestsOf([
      planned("kubernetes:core/v1:Secret", {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "dsn", annotations: { owner: unknown } },
        stringData: { dsn: secret },
      }),
    ]);
    assert.doesNotMatch(manifest?.text ?? "", /hunter2|hidden|04da6b54/);
    assert.match(manifest?.text ?? "", /dsn: "\[secret\]"/);
    assert.match(manifest?.text ?? "", /owner: "\[known after an update\]"/);
  });
});

describe("the files of manifests", () => {
  const job = (logical: string, name: string, namespace = "shop"): PlannedResource => ({
    urn: `urn:pulumi:dev::shop::kubernetes:batch/v1:Job::${logical}`,
    type: "kubernetes:batch/v1:Job",
    inputs: { apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace } },
    isRemoved: false,
  });
  const object = (apiVersion: string, kind: string, urn = "urn:pulumi:dev::shop::type::web") => ({
    ...{ apiVersion, kind, urn },
    ...{ name: "web", namespace: "shop" },
  });

  it("are as many as the objects, even where only an update knows the names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-render-"));
    try {
      await writeManifests(
        folder,
        manifestsOf([job("a/migrate", unknown), job("b/migrate", unknown), job("c", "c", unknown)]),
      );
      assert.deepEqual((await readdir(folder)).sort(), [
        "job.shop.a-migrate.yaml",
        "job.shop.b-migrate.yaml",
        "job.unknown.c.yaml",
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("differ by group, then by logical name, then by number", () => {
    assert.deepEqual(
      fileNames([object("v1", "Service"), object("serving.knative.dev/v1", "Service"), object("v1", "Pod")]),
      ["service.shop.web", "service.serving.knative.dev.shop.web", "pod.shop.web"],
    );
    assert.deepEqual(
      fileNames(
        ["east", "west", "WEST"].map((name) =>
          object("v1", "Service", `urn:pulumi:dev::shop::type::${name}`),
        ),
      ),
      ["service.shop.web.east", "service.shop.web.west", "service.shop.web.WEST.2"],
    );
  });

  it("are never written twice", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-render-"));
    try {
      const twice = ["a", "b"].map((text) => ({ name: "job.shop.web", text }));
      await assert.rejects(writeManifests(folder, twice), { code: "EEXIST" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
