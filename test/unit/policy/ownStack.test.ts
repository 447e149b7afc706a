import assert from "node:assert/strict";
import { policies } from "../../../policy/registry";
import { gateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings";
import { run } from "../mocks";
import { devConfig } from "../stacks/configuration";
import { asKnown, judge, type Resource } from "./harness";

describe("the pack on this project's own stack", () => {
  let resources: Resource[];

  before(async () => {
    const { made } = await run(() => gateway(parseSettings(devConfig())));
    resources = made.all.map(asKnown);
  });

  for (const policy of policies)
    it(`finds nothing: ${policy.name}`, () => {
      assert.deepEqual(judge(policy, resources, { stack: "production" }), { violations: [] });
    });
});
