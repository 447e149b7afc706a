import assert from "node:assert/strict";
import type { PackPolicy } from "../../../policy/lib/policy";
import { change, judge, unknownText, type Circumstances, type Resource } from "./harness";

/** A change of one property: where, and to what. */
type Change = readonly [path: string, value?: unknown];

export interface Cases {
  /** What the policy looks at in the tests. */
  readonly subject: Resource;
  /** What is beside it. */
  readonly beside?: readonly Resource[];
  readonly circumstances?: Circumstances;
  /** One broken property each, with what the message must say. */
  readonly broken: readonly (readonly [...Change, RegExp])[];
  /** Just inside the border. */
  readonly fine?: readonly Change[];
  /** Properties that a preview may not know. */
  readonly unknown?: readonly string[];
}

/** The tests that every policy has. */
export function describePolicy(policy: PackPolicy, cases: Cases): void {
  const { subject, beside = [], circumstances, broken, fine = [], unknown = [] } = cases;
  const violations = (...changed: Change) =>
    judge(policy, [change(subject, changed[0], changed[1]), ...beside], circumstances);

  describe(policy.name, () => {
    it("takes what is as it should be", () => {
      assert.deepEqual(judge(policy, [subject, ...beside], circumstances), { violations: [] });
    });

    for (const [path, value, message] of broken)
      it(`refuses ${path} ${shown(value)}`, () => {
        const verdict = violations(path, value);
        assert.equal(verdict.violations.length, 1, verdict.violations.join("\n"));
        assert.match(verdict.violations[0] ?? "", message);
        assert.ok(verdict.violations[0]?.startsWith(`${subject.name}: `), "it names the resource");
      });

    for (const [path, value] of fine)
      it(`takes ${path} ${shown(value)}`, () => {
        assert.deepEqual(violations(path, value), { violations: [] });
      });

    for (const path of unknown)
      it(`leaves ${path} to the run where a preview does not know it`, () => {
        const verdict = violations(path, unknownText);
        assert.deepEqual(verdict.violations, []);
        assert.equal(verdict.unknown, path.replace(/\[(\d+)\]/g, ".$1"));
      });
  });
}

function shown(value: unknown): string {
  return value === undefined ? "left out" : JSON.stringify(value);
}
