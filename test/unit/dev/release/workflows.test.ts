import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../../../../dev/checkout";
import packageJson from "../../../../package.json";

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

const files = globSync(".github/workflows/*.yml", { cwd: checkout });
const steps = files.flatMap((file) => {
  const { jobs } = parse(readFileSync(join(checkout, file), "utf8")) as Workflow;
  return Object.values(jobs).flatMap((job) => job.steps.map((step) => ({ file, ...step })));
});

describe("the workflows", () => {
  it("pin every action to a commit", () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    assert.ok(used.length > 10);
    assert.deepEqual(
      used.filter((one) => !/@[0-9a-f]{40}$/.test(one)),
      [],
    );
  });

  it("run only scripts and targets that exist", () => {
    const makefile = readFileSync(join(checkout, "Makefile"), "utf8");
    const commands = steps.flatMap(({ run = "" }) => run.split("\n"));
    const scripts = commands.flatMap((line) => /npm run (?:--silent )?([\w:]+)/.exec(line)?.[1] ?? []);
    assert.ok(scripts.length >= 4);
    assert.deepEqual(
      scripts.filter((script) => !(script in packageJson.scripts)),
      [],
    );
    const targets = commands.flatMap(
      (line) => /(?:^|\s)make ((?:[a-z][\w-]*\s?)+)$/.exec(line)?.[1]?.split(" ") ?? [],
    );
    assert.ok(targets.length >= 5);
    assert.deepEqual(
      targets.filter((target) => !new RegExp(`^${target}:`, "m").test(makefile)),
      [],
    );
  });

  it("check a release before they build it, and build it before they publish", () => {
    const order = [
      "release:check",
      "release:build",
      "release:npm",
      "uv publish",
      "release:go",
      "gh release create",
    ];
    const text = readFileSync(join(checkout, ".github/workflows/release.yml"), "utf8");
    const places = order.map((one) => text.indexOf(one));
    assert.ok(!places.includes(-1), String(places));
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
  });
});
