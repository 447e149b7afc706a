import assert from "node:assert/strict";
import { inTurns, measured, pairedRatio, quantile } from "../../../bench/statistics";

describe("the benchmark's statistics", () => {
  it("take the median, for an even count the mean of the two in the middle", () => {
    assert.deepEqual(measured([3, 1, 2]), { median: 2, min: 1, max: 3, repetitions: 3 });
    assert.equal(measured([4, 1, 2, 3]).median, 2.5);
  });

  it("take a percentile by the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    assert.equal(quantile(hundred, 0.95), 95);
    assert.equal(quantile([7], 0.95), 7);
    assert.throws(() => quantile([], 0.5), RangeError);
  });

  it("compare turn by turn, so that a slow turn counts no more than another", () => {
    assert.deepEqual(pairedRatio([2, 20, 2], [1, 10, 1]), { median: 2, min: 2, max: 2, repetitions: 3 });
    assert.throws(() => pairedRatio([1], [1, 2]), RangeError);
  });

  it("measure in turns, every other turn in reverse", async () => {
    const order: string[] = [];
    const subject = (name: string) => () => {
      order.push(name);
      return Promise.resolve(order.length);
    };
    const results = await inTurns(2, { a: subject("a"), b: subject("b") });
    assert.deepEqual(order, ["a", "b", "b", "a"]);
    assert.deepEqual(results, { a: [1, 4], b: [2, 3] });
  });
});
