import { createHash } from "node:crypto";
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../../dev/checkout";
import { cacheRoot } from "../../dev/cache";

/** `open`: the tests nearest to the fault do not see it, and the others have not run. */
export type End = "seen" | "timeout" | "compiler" | "SURVIVED" | "open";

export interface Result {
  readonly id: string;
  readonly end: End;
  /** The first test that saw it. */
  readonly by?: { readonly file: string; readonly title: string };
  /** Fingerprint of the tests that this result comes from: while they are the same, it is valid. */
  readonly tests: string;
}

/** A test file that passes without a fault, and how long its tests took. */
interface Clean {
  readonly clean: string;
  readonly tests: string;
  readonly ms: number;
}

/**
 * The results for the faults of this state of the code, one line of JSON each, written as they come, so that an interrupted
 * run continues where it was, even if tests were added meanwhile.
 */
export class Results {
  readonly path = join(cacheRoot(), "faults", `${codeFingerprint()}.jsonl`);
  private readonly results = new Map<string, Result>();
  private readonly cleanFiles = new Map<string, Clean>();

  constructor() {
    mkdirSync(dirname(this.path), { recursive: true });
    if (!existsSync(this.path)) return;
    // A killed run can leave an incomplete line.
    const lines = readFileSync(this.path, "utf8").split("\n");
    for (const line of lines.filter((text) => text.endsWith("}")))
      this.take(JSON.parse(line) as Result | Clean);
  }

  of(id: string): Result | undefined {
    return this.results.get(id);
  }

  /** Milliseconds, if this file passes without a fault. */
  clean(file: string, tests: string): number | undefined {
    const known = this.cleanFiles.get(file);
    return known?.tests === tests ? known.ms : undefined;
  }

  add(line: Result | Clean): void {
    this.take(line);
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }

  private take(line: Result | Clean): void {
    if ("clean" in line) this.cleanFiles.set(line.clean, line);
    else this.results.set(line.id, line);
  }
}

/** The fingerprint of these files of a checkout. */
export function fingerprint(root: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of [...files].sort()) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 12);
}

/** The fingerprint of every file that a unit test can read, except for the pages and the tests themselves. */
function codeFingerprint(): string {
  const files = globSync("**/*.{ts,mts,mjs,js,sh,json,yaml,yml}", {
    cwd: checkout,
    exclude: (name) => /^(node_modules|dist|\.git|\.portcullis|test|docs)$/.test(name),
  });
  return fingerprint(checkout, files);
}
