import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../cli/shared/failure";
import { run } from "../../cli/shared/exec";

/** A Debian package, with the upstream version that an image promises in its tag, or the series that it is of. */
export interface DebianPackage {
  readonly name: string;
  readonly upstreamVersion?: string;
}

/**
 * Unpacks Debian packages below `root`, without their dependencies and without running their scripts: an image holds
 * what its recipe lists and nothing else.
 *
 * @param downloads an empty folder for the package files
 * @param release code name of another release of Debian than this machine's
 * @throws {Failure} when this machine's apt offers another version than an image's tag promises
 */
export async function unpackDebian(
  packages: readonly DebianPackage[],
  downloads: string,
  root: string,
  release?: string,
): Promise<void> {
  await mkdir(downloads, { recursive: true });
  const names = packages.map(({ name }) => name);
  if (release === undefined) await download(names, downloads);
  else await downloadFrom(release, names, downloads);
  const files = await readdir(downloads);
  for (const wanted of packages) {
    const file = files.find((candidate) => candidate.startsWith(`${wanted.name}_`));
    if (file === undefined) throw new Failure(`apt-get downloaded no package file for ${wanted.name}.`);
    checkVersion(wanted, file);
    await run("dpkg-deb", ["--extract", join(downloads, file), root]);
  }
}

/** Without its sandbox user apt can write into a folder that only its caller may enter. */
const asCaller = ["--option", "APT::Sandbox::User=root"];

async function download(names: readonly string[], folder: string): Promise<void> {
  const args = [...asCaller, "--quiet", "download", ...names];
  try {
    await run("apt-get", args, { cwd: folder });
  } catch {
    // Package lists are absent in most base images, and old ones name files that the mirror no longer has.
    await run("apt-get", ["--quiet", "update"]);
    await run("apt-get", args, { cwd: folder });
  }
}

/** From the machine's own mirror, with package lists of its own, so that nothing of the machine changes. */
async function downloadFrom(release: string, names: readonly string[], folder: string): Promise<void> {
  const apt = join(folder, "apt");
  const sources = join(apt, "sources.list");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await writeFile(sources, `deb [signed-by=${archiveKeys}] ${await mirror()} ${release} main\n`);
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    "Dir::Etc::SourceParts=-",
    `Dir::State::Lists=${join(apt, "lists")}`,
    `Dir::Cache=${apt}`,
    "Acquire::Languages=none",
  ].flatMap((option) => ["--option", option]);
  const args = [...asCaller, ...options, "--quiet"];
  await run("apt-get", [...args, "update"]);
  await run("apt-get", [...args, "download", ...names], { cwd: folder });
}

/** The keys of every supported release. */
const archiveKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

async function mirror(): Promise<string> {
  const printed = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Component: main"]);
  const found = printed.split("\n").find((uri) => uri !== "" && !uri.includes("security"));
  return found ?? "http://deb.debian.org/debian/";
}

function checkVersion({ name, upstreamVersion }: DebianPackage, file: string): void {
  if (upstreamVersion === undefined) return;
  const found = upstreamVersionOf(file);
  if (found === upstreamVersion || found.startsWith(`${upstreamVersion}.`)) return;
  throw new Failure(
    `The embedded node needs ${name} ${upstreamVersion}, but apt offers ${found} here. ` +
      "Use Debian 12 (bookworm), or a machine with Docker, where the cluster pulls the official images.",
  );
}

/** The upstream version in a package file's name `name_[epoch%3a]upstream-revision_architecture.deb`. */
export function upstreamVersionOf(file: string): string {
  const version = decodeURIComponent(file.split("_")[1] ?? "");
  return version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
}
