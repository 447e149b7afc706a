import assert from "node:assert/strict";
import { namespaceItems } from "../../../cli/check/namespaces";
import type { PlannedResource } from "../../../cli/check/preview";
import { UNKNOWN } from "../../../cli/shared/pulumi";

const planned = (type: string, metadata: object, isRemoved = false): PlannedResource => ({
  urn: `urn:pulumi:dev::p::portcullis:index:AccessGateway$${type}::portcullis`,
  ...{ type, inputs: { metadata }, isRemoved },
  ...(isRemoved && { former: { metadata } }),
});
const secret = (namespace?: string, isRemoved = false) =>
  planned("kubernetes:core/v1:Secret", namespace === undefined ? {} : { namespace }, isRemoved);
const namespace = (name: string, isRemoved = false) =>
  planned("kubernetes:core/v1:Namespace", { name }, isRemoved);
const gateway = planned("portcullis:index:AccessGateway", {});

const has = (name: string) => Promise.resolve(name === "there");
const lines = async (...all: readonly PlannedResource[]) =>
  (await namespaceItems(all, has)).map(({ level, message }) => `${level}: ${message}`);

describe("check of namespaces", () => {
  it("refuses to delete the gateway's namespace while the gateway stays", async () => {
    const [line = "", ...others] = await lines(gateway, namespace("there", true), secret("there"));
    assert.match(line, /^error: create: this stack has made the namespace there, which would be deleted/);
    assert.deepEqual(others, []);
  });

  it("allows one that is replaced, goes with the gateway, or was a program's own", async () => {
    const own = { ...namespace("there", true), urn: "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::own" };
    assert.deepEqual(await lines(gateway, namespace("there", true), namespace("there")), []);
    assert.deepEqual(await lines(namespace("there", true)), []);
    assert.deepEqual(await lines(gateway, own), []);
  });

  it("warns once of a namespace that neither the stack nor the cluster has", async () => {
    assert.deepEqual(await lines(secret("access"), secret("access"), secret("there"), secret()), [
      "warning: the cluster has no namespace access: create it before pulumi up, which fails without it.",
    ]);
  });

  it("does not look for one that the stack makes or leaves, or for a name that is known later", async () => {
    const later = secret(UNKNOWN);
    assert.deepEqual(await lines(namespace("access"), secret("access"), secret("old", true), later), []);
  });

  it("makes one note where the cluster does not answer", async () => {
    const items = await namespaceItems([secret("a"), secret("b")], () => Promise.reject(new Error("no way")));
    assert.deepEqual(items, [{ level: "note", source: "namespaces", message: "not looked for: no way" }]);
  });
});
