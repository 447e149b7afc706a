import assert from "node:assert/strict";
import type { PackPolicy } from "../../../policy/lib/policy";
import { change, judge, unknownText, type Circumstances, type Resource } from "./harness";
import type { Recording } from "./programs";

/** A change of one property: the path and the new value. */
type Change = readonly [path: string, value?: unknown];

export interface Cases {
  /** The resources of a program in which the policy finds nothing. */
  readonly stack: Recording;
  /** `Kind name` of the object that the tests change. */
  readonly subject: string;
  readonly circumstances?: Circumstances;
  /** One broken property each, with what the message must contain. */
  readonly broken: readonly (readonly [...Change, RegExp])[];
  /** Just within the limit. */
  readonly fine?: readonly Change[];
  /** Properties that a preview may not know. */
  readonly unknown?: readonly string[];
}

/** The tests that every policy has. */
export function describePolicy(policy: PackPolicy, cases: Cases): void {
  const { stack, subject, circumstances, broken, fine = [], unknown = [] } = cases;
  const changed = async (...[path, value]: Change) =>
    judge(policy, changeOf(await stack(), subject, path, value), circumstances);

  describe(`${policy.name} on ${subject}`, () => {
    it("accepts what the program makes", async () => {
      assert.deepEqual(judge(policy, await stack(), circumstances), { violations: [] });
    });

    for (const [path, value, message] of broken)
      it(`refuses ${path} ${shown(value)}`, async () => {
        const { violations } = await changed(path, value);
        assert.equal(violations.length, 1, violations.join("\n"));
        assert.match(violations[0] ?? "", message);
        assert.ok(violations[0]?.startsWith(`${subject.split(" ")[1] ?? ""}: `), "it names the resource");
      });

    for (const [path, value] of fine)
      it(`accepts ${path} ${shown(value)}`, async () => {
        assert.deepEqual(await changed(path, value), { violations: [] });
      });

    for (const path of unknown)
      it(`leaves ${path} to the update where a preview does not know it`, async () => {
        const verdict = await changed(path, unknownText);
        assert.deepEqual(verdict.violations, []);
        assert.equal(verdict.unknown, path.replace(/\[(\d+)\]/g, ".$1"));
      });
  });
}

/** A stack with one property of one of its objects changed. */
export function changeOf(
  resources: readonly Resource[],
  subject: string,
  path: string,
  value: unknown,
): Resource[] {
  const isSubject = ({ type, name }: Resource) => `${type.split(":").at(-1) ?? ""} ${name}` === subject;
  assert.equal(resources.filter(isSubject).length, 1, `one ${subject}`);
  return resources.map((resource) => (isSubject(resource) ? change(resource, path, value) : resource));
}

function shown(value: unknown): string {
  return value === undefined ? "left out" : JSON.stringify(value);
}
