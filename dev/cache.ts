import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { undoOnInterrupt } from "../cli/shared/interrupt";
import { isAlive } from "./processes";

/**
 * The folder, outside every checkout, where built binaries and images are kept between runs.
 *
 * @default `$XDG_CACHE_HOME/portcullis`, else `~/.cache/portcullis`; `PORTCULLIS_CACHE` overrides both.
 */
export function cacheRoot(): string {
  const { PORTCULLIS_CACHE, XDG_CACHE_HOME } = process.env;
  return PORTCULLIS_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "portcullis");
}

/** A short key for the inputs that something is built from: equal inputs, equal key. */
export function cacheKey(...inputs: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(String(input.length)).update(":").update(input);
  return hash.digest("hex").slice(0, 16);
}

const KEPT_UNUSED_MS = 14 * 24 * 60 * 60 * 1000;

/** Whether {@link cached} would return at once. */
export function isCached(kind: string, key: string): boolean {
  return existsSync(join(cacheRoot(), kind, key));
}

/**
 * The folder of `kind` and `key`, built on first use.
 *
 * A folder appears under its final name only when it is complete. Two runs at once may both build: the first to
 * finish wins and the other takes its result, so that no lock can be left behind by a killed run.
 */
export async function cached(
  kind: string,
  key: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const parent = join(cacheRoot(), kind);
  const folder = join(parent, key);
  if (existsSync(folder)) {
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }
  await removeAbandoned(parent);
  const draft = join(parent, `.draft-${String(process.pid)}-${key}`);
  const removeDraft = () => rm(draft, { recursive: true, force: true });
  await removeDraft();
  await mkdir(draft, { recursive: true });
  const keep = undoOnInterrupt(removeDraft);
  try {
    await build(draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    keep();
    await removeDraft();
  }
  return folder;
}

/** Removes drafts of killed runs, and entries that were not used for a long time. */
async function removeAbandoned(parent: string): Promise<void> {
  const entries = await readdir(parent).catch(() => []);
  for (const entry of entries) {
    const path = join(parent, entry);
    const pid = /^\.draft-(\d+)-/.exec(entry)?.[1];
    const isAbandoned =
      pid === undefined
        ? (await stat(path)).mtimeMs < Date.now() - KEPT_UNUSED_MS
        : !isAlive({ pid: Number(pid) });
    if (isAbandoned) await rm(path, { recursive: true, force: true });
  }
}
