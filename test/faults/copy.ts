import { execFile, type ExecFileException } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkoutFiles, copyCheckout } from "../../dev/checkoutCopy";
import { withFault, type Fault } from "./faults";

/** Of one test: longer than if nothing else ran, since other work runs beside it. */
const TEST_TIMEOUT_MS = 120_000;
const BUFFER_BYTES = 64 * 1024 * 1024;

/** The result of a run of unit tests. */
export interface TestRun {
  readonly end: "passed" | "failed" | "timeout";
  /** The files with a failed test or hook; empty if the run broke off before mocha could report. */
  readonly failed: readonly string[];
  /** The first test that failed. */
  readonly firstFailed?: { readonly file: string; readonly title: string };
  /** Milliseconds that the tests of each file took. */
  readonly durations: Readonly<Record<string, number>>;
  readonly printed: string;
}

/** A copy of the checkout, into which faults are put and where unit tests run. */
export class Copy {
  private constructor(readonly root: string) {}

  static async create(): Promise<Copy> {
    const root = await mkdtemp(join(tmpdir(), "portcullis-faults-"));
    await copyCheckout(await checkoutFiles(), root);
    return new Copy(root);
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true });
  }

  /** Paths inside the copy, in order. */
  files(pattern: string): string[] {
    return globSync(pattern, { cwd: this.root }).sort();
  }

  /** Puts the faults in, does the work, and restores the files. */
  async withFaults<T>(faults: readonly Fault[], work: () => Promise<T>): Promise<T> {
    const texts = new Map<string, string>();
    for (const { file } of faults) texts.set(file, await readFile(join(this.root, file), "utf8"));
    try {
      for (const [file, text] of texts) {
        const backwards = faults.filter((fault) => fault.file === file).sort((a, b) => b.start - a.start);
        await writeFile(join(this.root, file), backwards.reduce(withFault, text));
      }
      return await work();
    } finally {
      for (const [file, text] of texts) await writeFile(join(this.root, file), text);
    }
  }

  /** Runs these unit test files in one process; with `bail`, up to the first failure. */
  async unitTests(files: readonly string[], limitMs: number, bail: boolean): Promise<TestRun> {
    if (files.length === 0) return { end: "passed", failed: [], durations: {}, printed: "" };
    const report = join(this.root, ".faults.json");
    await rm(report, { force: true });
    const options = ["--config", "test/mocharc.json", "--exit", "--timeout", String(TEST_TIMEOUT_MS)];
    const reporter = ["--reporter", "json", "--reporter-option", `output=${report}`];
    const { ok, killed, printed } = await run(
      [
        join(this.root, "node_modules/mocha/bin/mocha.js"),
        ...options,
        ...reporter,
        ...(bail ? ["--bail"] : []),
        ...files,
      ],
      this.root,
      limitMs,
    );
    const { tests = [], failures = [] } = existsSync(report)
      ? (JSON.parse(readFileSync(report, "utf8")) as Report)
      : {};
    const inside = ({ file = "" }: Told) => file.slice(this.root.length + 1);
    const durations: Record<string, number> = {};
    for (const test of tests) durations[inside(test)] = (durations[inside(test)] ?? 0) + (test.duration ?? 0);
    return {
      end: killed ? "timeout" : ok ? "passed" : "failed",
      failed: [...new Set(failures.map(inside))],
      ...(failures[0] && { firstFailed: { file: inside(failures[0]), title: failures[0].title } }),
      durations,
      printed,
    };
  }

  /** Whether the code compiles. The compiler's incremental state is kept in the copy. */
  async compiles(): Promise<boolean> {
    const tsc = join(this.root, "node_modules/typescript/bin/tsc");
    const kept = ["--incremental", "--tsBuildInfoFile", ".faults.tsbuildinfo"];
    return (await run([tsc, "--noEmit", ...kept], this.root)).ok;
  }
}

interface Told {
  readonly title: string;
  readonly file?: string;
  readonly duration?: number;
}

/** The format of mocha's "json" reporter. */
interface Report {
  readonly tests?: readonly Told[];
  readonly failures?: readonly Told[];
}

async function run(
  args: readonly string[],
  cwd: string,
  timeout = 0,
): Promise<{ readonly ok: boolean; readonly killed: boolean; readonly printed: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd,
      timeout,
      killSignal: "SIGKILL",
      maxBuffer: BUFFER_BYTES,
      env: { ...process.env, PIN: "" },
    });
    return { ok: true, killed: false, printed: stdout };
  } catch (error) {
    const {
      killed,
      message,
      stdout = "",
      stderr = "",
    } = error as ExecFileException & {
      readonly stdout?: string;
      readonly stderr?: string;
    };
    return { ok: false, killed: killed ?? false, printed: `${message}\n${stdout}\n${stderr}` };
  }
}
