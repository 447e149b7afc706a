import { createHash } from "node:crypto";
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../../dev/checkout";
import { cacheRoot } from "../../dev/cache";

/** `open`: the tests that are nearest to the fault do not see it, the others have not been asked. */
export type End = "seen" | "timeout" | "compiler" | "SURVIVED" | "open";

export interface Result {
  readonly id: string;
  readonly end: End;
  /** The first test that saw it. */
  readonly by?: string;
}

/** What a run without any fault took, in milliseconds a file of tests. */
export type Clean = Readonly<Record<string, number>>;

type Line = Result | { readonly clean: Clean };

/**
 * What is known of the faults of this state of the code and its unit tests, one line of JSON each, written as it comes, so that
 * a run that was stopped goes on where it was.
 */
export class Results {
  private readonly file = join(cacheRoot(), "faults", `${stateOfCode()}.jsonl`);
  private readonly ends = new Map<string, Result>();
  private cleanRun: Clean | undefined;

  constructor() {
    mkdirSync(dirname(this.file), { recursive: true });
    if (!existsSync(this.file)) return;
    for (const line of readFileSync(this.file, "utf8").split("\n").filter(isWhole))
      this.take(JSON.parse(line) as Line);
  }

  get path(): string {
    return this.file;
  }

  get clean(): Clean | undefined {
    return this.cleanRun;
  }

  of(id: string): Result | undefined {
    return this.ends.get(id);
  }

  add(line: Line): void {
    this.take(line);
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }

  private take(line: Line): void {
    if ("clean" in line) this.cleanRun = line.clean;
    else this.ends.set(line.id, line);
  }
}

/** A run that was killed can leave half a line. */
function isWhole(line: string): boolean {
  return line.endsWith("}");
}

/** Changes with every file that a unit test can read, but for the pages. */
function stateOfCode(): string {
  const hash = createHash("sha256");
  const files = globSync("**/*.{ts,mts,mjs,js,sh,json,yaml,yml,conf,jsonnet,html}", {
    cwd: checkout,
    exclude: (name) => /^(node_modules|dist|\.git|\.portcullis)$/.test(name),
  });
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(checkout, file)));
  return hash.digest("hex").slice(0, 12);
}
