import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../../cli/shared/exec";
import { UsageError } from "../../cli/shared/failure";
import { name, version } from "../../package.json";
import { GO_FOLDER } from "../../package/address";
import { checkout } from "../checkout";
import { runCommand } from "../usage";

const HELP = `usage: release:go FOLDER [REMOTE]

Publishes the Go SDK of a release: a commit that has nothing else, under the tag that Go looks for. No branch has it, and
generated code stays out of what people read. Does nothing where the remote has the tag. REMOTE is "origin" by default.`;

/** The tag by which Go finds a module in a folder of a repository. */
export const goTag = `${GO_FOLDER}/v${version}`;

/** The author of the commit, if Git has none configured. */
const author = {
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: `${name}@users.noreply.github.com`,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: `${name}@users.noreply.github.com`,
};

/** Tags the Go SDK and pushes the tag; false if the remote already has it. */
export async function tagGo(folder: string, remote: string, repository = checkout): Promise<boolean> {
  const git = (args: readonly string[], env = {}, cwd = repository) => run("git", args, { cwd, env });
  const there = await git(["ls-remote", "--tags", remote, `refs/tags/${goTag}`]);
  if (there.trim() !== "") return false;
  const scratch = await mkdtemp(join(tmpdir(), "portcullis-go-"));
  try {
    const tree = join(scratch, "tree");
    await mkdir(tree);
    const archive = join(folder, `${name}-go-${version}.tar.gz`);
    await run("tar", ["--extract", "--file", archive, "--directory", tree]);
    const gitFolder = (await git(["rev-parse", "--absolute-git-dir"])).trim();
    const env = { GIT_DIR: gitFolder, GIT_WORK_TREE: tree, GIT_INDEX_FILE: join(scratch, "index") };
    await git(["add", "--all", "--force", "."], env, tree);
    const written = (await git(["write-tree"], env, tree)).trim();
    const message = `The Go SDK of ${name} ${version}`;
    const commit = await git(["commit-tree", written, "-p", "HEAD", "-m", message], author);
    await git(["push", "--quiet", remote, `${commit.trim()}:refs/tags/${goTag}`]);
    return true;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

if (require.main === module)
  runCommand(HELP, async () => {
    const [folder, remote = "origin", ...more] = process.argv.slice(2);
    if (folder === undefined || more.length > 0) throw new UsageError(HELP);
    const isNew = await tagGo(resolve(folder), remote);
    process.stdout.write(isNew ? `pushed ${goTag}\n` : `${goTag} is there already\n`);
  });
