import assert from "node:assert/strict";
import type { PlannedResource } from "../../../cli/check/preview";
import { manifestsOf } from "../../../cli/render/manifests";

const secretSignature = "4dabf18193072939515e22adb298388d";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function planned(type: string, inputs: PlannedResource["inputs"], isRemoved = false): PlannedResource {
  const { name } = inputs["metadata"] as { name: string };
  return { urn: `urn:pulumi:dev::shop::${type}::${name}`, type, inputs, isRemoved };
}

describe("the manifests of a preview", () => {
  it("are the objects that stay, by name, and no patch, provider or component", () => {
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

  it("have no secret, and say what only an update knows", () => {
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
