import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, UsageError } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
import packageJson from "../package.json";
import policyPackage from "../policy/package.json";
import { checkout } from "./checkout";

/**
 * What the changelog says of the version of a tag.
 *
 * @throws {Failure} unless the tag, both packages and a section of the changelog have one version
 */
export function releaseNotes(
  tag: string,
  versions: Readonly<Record<string, string>>,
  changelog: string,
): string {
  const version = tag.replace(/^v/, "");
  const others = Object.entries(versions).filter(([, other]) => other !== version);
  if (others.length > 0 || version === tag)
    throw new Failure(
      `The tag is ${tag}, and ${others.map(([file, other]) => `${file} has ${other}`).join(", ") || "has no v"}.`,
    );
  const sections = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  if (section === undefined) throw new Failure(`CHANGELOG.md has no section "## [${version}] - DATE".`);
  const [, ...lines] = section.split("\n");
  const notes = lines.join("\n").trim();
  if (notes === "") throw new Failure(`CHANGELOG.md says nothing of ${version}.`);
  return notes;
}

if (require.main === module)
  runMain(async () => {
    const [tag, ...more] = process.argv.slice(2);
    if (tag === undefined || more.length > 0) throw new UsageError("usage: release:check TAG");
    const versions = { "package.json": packageJson.version, "policy/package.json": policyPackage.version };
    const changelog = await readFile(join(checkout, "CHANGELOG.md"), "utf8");
    process.stdout.write(`${releaseNotes(tag, versions, changelog)}\n`);
  });
