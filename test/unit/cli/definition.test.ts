import assert from "node:assert/strict";
import { definitionItems } from "../../../cli/check/definition";
import type { PlannedResource } from "../../../cli/check/preview";
import { ruleCrd } from "../../../documents/oathkeeper/ruleCrd";

const planned = (type: string, isRemoved: boolean, former: object = {}): PlannedResource => ({
  urn: `urn:pulumi:dev::p::${type}::portcullis-rules`,
  ...{ type, isRemoved, inputs: {}, former: { ...former } },
});
const definition = (isRemoved: boolean, name = ruleCrd.metadata.name) =>
  planned("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", isRemoved, { metadata: { name } });
const operator = (isRemoved: boolean) => planned("portcullis:index:RuleOperator", isRemoved);

describe("check of the definition of Rule", () => {
  it("refuses to delete it while the gateway stays", () => {
    const [item, ...others] = definitionItems([operator(false), definition(true)]);
    assert.equal(item?.level, "error");
    assert.match(item.message, /^crd: .*rules\.oathkeeper\.ory\.sh, .*every Rule of the cluster/);
    assert.deepEqual(others, []);
  });

  it("allows one that stays, is replaced, goes with the gateway, or is another one", () => {
    for (const all of [
      [operator(false), definition(false)],
      [operator(false), definition(true), definition(false)],
      [operator(true), definition(true)],
      [operator(false), definition(true, "gateways.gateway.networking.k8s.io")],
      [operator(false)],
    ])
      assert.deepEqual(definitionItems(all), []);
  });
});
