import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { run } from "../cli/shared/exec";
import { workFolder } from "../dev/instances";
import type { Footprint } from "./footprint";
import type { PulumiProgram } from "./pulumi";
import type { RequestPath } from "./requestPath";
import type { RulesLive } from "./rulesLive";
import type { Start } from "./start";

/** All results of a run of the benchmark, by part. */
export interface Results {
  readonly start: Start;
  readonly footprint: Footprint;
  readonly requestPath: RequestPath;
  readonly rulesLive: RulesLive;
  readonly pulumi: PulumiProgram;
}

export type PartName = keyof Results;

/** In the order in which they run: the first leaves the dev stack running for the others, the last leaves a thousand rules. */
export const partNames = [
  "start",
  "footprint",
  "pulumi",
  "requestPath",
  "rulesLive",
] as const satisfies PartName[];

/** Where a run was made, and of what. */
export interface Circumstances {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly turns: number;
}

/** The content of `docs/benchmarks/latest.json`. */
export type Report = Circumstances & Partial<Results>;

/** The results of a run that has not ended, so that an interrupted one continues where it was. */
export class Progression {
  private readonly file = join(workFolder("bench"), "results.json");

  /** The results of an earlier run of this commit; of another commit, nothing. */
  async kept(circumstances: Circumstances): Promise<Report> {
    const text = await readFile(this.file, "utf8").catch(() => undefined);
    const kept = text === undefined ? circumstances : (JSON.parse(text) as Report);
    return kept.commit === circumstances.commit && kept.turns === circumstances.turns ? kept : circumstances;
  }

  async keep(report: Report): Promise<void> {
    await mkdir(workFolder("bench"), { recursive: true });
    await writeFile(this.file, JSON.stringify(report));
  }

  async forget(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

export async function circumstances(turns: number): Promise<Circumstances> {
  const git = (...args: string[]) => run("git", args).then((text) => text.trim());
  // The report of an earlier run does not change what is measured.
  const changes = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/benchmarks");
  const dirty = changes === "" ? "" : "+";
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return {
    commit: `${await git("rev-parse", "--short=12", "HEAD")}${dirty}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${gib} GiB, Linux ${release()}`,
    turns,
  };
}
