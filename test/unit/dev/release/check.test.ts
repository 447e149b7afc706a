import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../../cli/shared/failure";
import { checkout } from "../../../../dev/checkout";
import { checkAddress, releaseNotes } from "../../../../dev/release/check";
import packageJson from "../../../../package.json";

const changelog =
  "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-26\n\n### Added\n\n- One.\n\n## [1.2.2] - 2026-11-01\n";

describe("the notes of a release", () => {
  it("are the changelog's section of the version, and of no other", () => {
    assert.equal(releaseNotes("v1.2.3", { "package.json": "1.2.3" }, changelog), "### Added\n\n- One.");
  });

  it("are refused where a version differs, or the changelog has no section for it", () => {
    for (const [tag, version] of [
      ["v1.2.3", "1.2.4"],
      ["1.2.3", "1.2.3"],
      ["v1.2.2", "1.2.2"],
      ["v1.2.1", "1.2.1"],
    ] as const)
      assert.throws(() => releaseNotes(tag, { "package.json": version }, changelog), Failure, tag);
  });

  it("exist for the package's version", () => {
    const text = readFileSync(join(checkout, "CHANGELOG.md"), "utf8");
    const { version } = packageJson;
    assert.match(releaseNotes(`v${version}`, { "package.json": version }, text), /^### Added/);
  });
});

describe("the repository of a release", () => {
  const repository = { type: "git", url: "git+https://github.com/acme/access.git" };

  it("is the one that the workflow runs in", () => {
    checkAddress({ "package.json": repository, "policy/package.json": repository }, "Acme/access");
    checkAddress({ "package.json": repository }, undefined);
  });

  it("has to be named correctly before anything is published", () => {
    const other = { "package.json": repository, "policy/package.json": undefined };
    assert.throws(() => {
      checkAddress(other, "acme/access");
    }, /policy\/package\.json names no repository/);
    assert.throws(() => {
      checkAddress({ "package.json": repository }, "fork/access");
    }, /names acme\/access, and this runs in fork\/access/);
  });
});
