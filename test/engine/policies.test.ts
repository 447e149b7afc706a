import assert from "node:assert/strict";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { levelsOf, withoutStops } from "../../cli/check/levels";
import { run } from "../../cli/shared/exec";
import { buildPack } from "../../policy/build";
import { policies } from "../../policy/registry";
import { TestStack } from "./testStack";
import { packages } from "../../dev/packages";

const configuration = { availability: { stacks: ["test"] } };
const withoutStop = withoutStops(configuration, levelsOf(configuration));

/** Policies that the program also violates with a patch or a list. */
const alsoPatched = [
  "routes-to-proxy",
  "internal-upstreams",
  "rule-public-paths",
  "rule-mutators",
  "no-plain-secrets",
  "database-tls",
  "image-pinned",
  "pod-security-restricted",
  "admin-services",
];
const expected = [...policies.map(({ name }) => name), ...alsoPatched].map((name) => `${name} on ${name}`);

describe("a program that breaks each policy once", () => {
  let stack: TestStack;

  before(async () => {
    await buildPack();
    stack = await TestStack.create("breaches");
  });
  after(() => stack.remove());

  it("gets exactly those violations, and no others", async () => {
    const { findings, errors } = await stack.check(withoutStop);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      findings.map(({ policy, urn }) => `${policy} on ${urn.split("::")[3] ?? ""}`).sort(),
      expected.toSorted(),
    );
  });

  it("gets as many with the pack alone, installed from its package", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-policy-"));
    try {
      const { policy } = await packages();
      await run("tar", ["--extract", "--file", policy, "--strip-components", "1"], { cwd: folder });
      await run("npm", ["install", "--prefer-offline", "--omit", "dev"], { cwd: folder });
      await access(join(folder, "LICENSE"));
      const { findings, errors } = await stack.check(withoutStop, folder);
      assert.deepEqual(errors, []);
      assert.equal(findings.length, expected.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is stopped by the engine only where a policy is mandatory", async () => {
    const only = (name: string, enforcementLevel: string) => ({
      all: "disabled",
      [name]: { enforcementLevel },
    });
    assert.deepEqual((await stack.check(only("image-pinned", "mandatory"))).changes, {});
    const { changes, findings } = await stack.check(only("image-pinned", "advisory"));
    assert.ok((changes.create ?? 0) > 0);
    assert.equal(findings.length, 2, "the Deployment and the patch");
  });
});
