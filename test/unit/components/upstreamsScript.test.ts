import assert from "node:assert/strict";
import fc from "fast-check";
import { optionPatterns } from "../../../documents/rules/upstreamOptions";

/** An ES module, which a CommonJS one can only load like this. */
const upstreams = import("../../../components/scripts/upstreams.mjs");

describe("the options of the rules", () => {
  it("refuse exactly the lengths above the given maximum", async () => {
    const { above } = (await upstreams).default;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.integer({ min: -2000, max: 2 ** 41 }),
        (most, by) => {
          const length = Math.max(0, Math.abs(by) < 2000 ? most + by : by);
          assert.equal(new RegExp(above(most)).test(String(length)), length > most, `${length} of ${most}`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("are single words in every form that their patterns accept", () => {
    for (const [name, pattern] of Object.entries(optionPatterns))
      fc.assert(
        fc.property(fc.stringMatching(new RegExp(pattern)), (text) => {
          assert.match(text, /^[A-Za-z0-9.-]+$/, name);
        }),
      );
  });
});
