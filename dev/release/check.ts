import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, UsageError } from "../../cli/shared/failure";
import packageJson from "../../package.json";
import policyPackage from "../../policy/package.json";
import { addressOf, slug } from "../../package/address";
import { checkout } from "../checkout";
import { runCommand } from "../usage";

const HELP = `usage: release:check TAG

Prints what the changelog says of a tag's version, where the tag, both packages and the changelog have the same one.`;

/**
 * The changelog's section for the version of a tag.
 *
 * @throws {Failure} unless the tag, both packages and a section of the changelog have the same version
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

/**
 * Checks that packages name the repository that the workflow runs in. Otherwise npm would refuse them, when one of
 * several may already be published.
 *
 * @param runsIn `owner/name`, as GitHub passes it to a workflow
 * @throws {Failure} if one names another repository, or none
 */
export function checkAddress(
  repositories: Readonly<Record<string, unknown>>,
  runsIn: string | undefined,
): void {
  for (const [file, repository] of Object.entries(repositories)) {
    const address = addressOf(repository);
    if (!address)
      throw new Failure(
        `${file} names no repository on GitHub. Run \`npm run address -- https://github.com/OWNER/NAME\`, and commit what it changes.`,
      );
    if (runsIn !== undefined && slug(address).toLowerCase() !== runsIn.toLowerCase())
      throw new Failure(
        `${file} names ${slug(address)}, and this runs in ${runsIn}. Run \`npm run address\` with the right one.`,
      );
  }
}

if (require.main === module)
  runCommand(HELP, async () => {
    const [tag, ...more] = process.argv.slice(2);
    if (tag === undefined || more.length > 0) throw new UsageError(HELP);
    const versions = { "package.json": packageJson.version, "policy/package.json": policyPackage.version };
    const manifests: Readonly<Record<string, object>> = {
      "package.json": packageJson,
      "policy/package.json": policyPackage,
    };
    const repositories = Object.entries(manifests).map(
      ([file, manifest]) => [file, "repository" in manifest ? manifest.repository : undefined] as const,
    );
    checkAddress(Object.fromEntries(repositories), process.env["GITHUB_REPOSITORY"]);
    const changelog = await readFile(join(checkout, "CHANGELOG.md"), "utf8");
    process.stdout.write(`${releaseNotes(tag, versions, changelog)}\n`);
  });
