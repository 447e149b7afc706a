import { Failure } from "../../cli/shared/failure";
import { type Copy, type TestRun } from "./copy";
import { shortHash } from "../../documents/shared/shortHash";
import type { Fault } from "./faults";
import { nearestTests } from "./nearest";
import { importsOf } from "./reaching";
import { fingerprint, type Result, type Results } from "./results";

/** A fault can make a program run forever: the limit is this many times a run without one, plus a start. */
const TIMES_CLEAN = 5;
const START_MS = 120_000;
/** For a test file that was not measured yet. */
const UNKNOWN_MS = 60_000;
/** How many faults are put in at once where few are expected to show. */
const AT_ONCE = 8;

/** Finds, in copies of the checkout, the faults that no unit test sees. */
export class Search {
  private readonly tests: readonly string[];
  /** What each test imports. */
  private readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  /** The fingerprint of each test and of the test files that it imports. */
  private readonly fingerprints: ReadonlyMap<string, string>;

  constructor(
    private readonly copies: readonly Copy[],
    private readonly results: Results,
    private readonly told: (result: Result, fault: Fault) => void,
  ) {
    const [copy] = copies;
    if (!copy) throw new Failure("At least one worker is needed.");
    this.tests = copy.files("test/unit/**/*.test.ts");
    this.imports = importsOf(copy.root, this.tests);
    this.fingerprints = new Map(
      [...this.imports].map(([test, imported]) => {
        const own = [...imported].filter((file) => file.startsWith("test/"));
        return [test, fingerprint(copy.root, own)] as const;
      }),
    );
  }

  /** The result for a fault, if it is known and still valid. */
  known(fault: Fault): Result | undefined {
    const result = this.results.of(fault.id);
    return result?.tests === this.fingerprint(fault, result?.by?.file) ? result : undefined;
  }

  async run(faults: readonly Fault[]): Promise<void> {
    const unknown = faults.filter((fault) => !this.known(fault));
    await this.spread(unknown, (copy, fault) => this.near(copy, fault));
    const open = faults.filter((fault) => this.known(fault)?.end === "open");
    await this.spread(dealt(open), (copy, batch) => this.far(copy, batch));
  }

  /** Gives each copy the next piece of work when it has finished one. */
  private async spread<T>(work: readonly T[], doing: (copy: Copy, piece: T) => Promise<void>): Promise<void> {
    const queue = [...work];
    await Promise.all(
      this.copies.map(async (copy) => {
        for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) await doing(copy, piece);
      }),
    );
  }

  /** A test that sees a fault must pass without one; this also measures it. */
  private async passesWithoutFault(copy: Copy, test: string): Promise<void> {
    if (this.cleanMs(test) !== undefined) return;
    const { end, durations, printed } = await copy.unitTests([test], 0, false);
    if (end !== "passed") throw new Failure(`${test} fails without any fault:\n${printed.slice(-4000)}`);
    const tests = this.fingerprints.get(test) ?? "";
    this.results.add({ clean: test, tests, ms: durations[test] ?? 0 });
  }

  private cleanMs(test: string): number | undefined {
    return this.results.clean(test, this.fingerprints.get(test) ?? "");
  }

  /** Whether the tests nearest to a fault see it. */
  private async near(copy: Copy, fault: Fault): Promise<void> {
    const reaching = this.reaching([fault]);
    for (const group of nearestTests(fault.file, reaching)) {
      const run = await copy.withFaults([fault], () => copy.unitTests(group, this.limitMs(group), true));
      if (run.end !== "passed") return this.tell(copy, fault, run);
    }
    this.results.add({ id: fault.id, end: "open", tests: this.fingerprint(fault) });
  }

  /**
   * Runs every test that reaches one of these faults, with all of them put in at once. If nothing fails, nothing sees them.
   * A file that fails runs again for each fault that it reaches, with only that one put in. A run that breaks off shows
   * nothing, and is repeated with half of them.
   */
  private async far(copy: Copy, faults: readonly Fault[]): Promise<void> {
    const reaching = this.reaching(faults);
    const run = await copy.withFaults(faults, () => copy.unitTests(reaching, this.limitMs(reaching), false));
    const brokeOff = run.end === "timeout" || (run.end === "failed" && run.failed.length === 0);
    const [first, ...others] = faults;
    if (first && others.length === 0 && run.end !== "passed") await this.tell(copy, first, run);
    else if (brokeOff) for (const half of halves(faults)) await this.far(copy, half);
    else for (const fault of faults) await this.single(copy, fault, run.failed);
  }

  private async single(copy: Copy, fault: Fault, failed: readonly string[]): Promise<void> {
    const suspects = this.reaching([fault]).filter((test) => failed.includes(test));
    const run = await copy.withFaults([fault], () => copy.unitTests(suspects, this.limitMs(suspects), true));
    if (run.end !== "passed") return this.tell(copy, fault, run);
    const end = (await copy.withFaults([fault], () => copy.compiles())) ? "SURVIVED" : "compiler";
    this.add(fault, { id: fault.id, end, tests: this.fingerprint(fault) });
  }

  private async tell(copy: Copy, fault: Fault, { end, firstFailed }: TestRun): Promise<void> {
    if (firstFailed) await this.passesWithoutFault(copy, firstFailed.file);
    this.add(fault, {
      id: fault.id,
      end: end === "timeout" ? "timeout" : "seen",
      ...(firstFailed && { by: firstFailed }),
      tests: this.fingerprint(fault, firstFailed?.file),
    });
  }

  private add(fault: Fault, result: Result): void {
    this.results.add(result);
    this.told(result, fault);
  }

  /** The tests that import the file of one of the faults, also indirectly. */
  private reaching(faults: readonly Fault[]): string[] {
    return this.tests.filter((test) => faults.some(({ file }) => this.imports.get(test)?.has(file)));
  }

  /** The fingerprint of the test that saw it, or of all that could have. */
  private fingerprint(fault: Fault, seenBy?: string): string {
    const tests = seenBy === undefined ? this.reaching([fault]) : [seenBy];
    return shortHash(tests.map((test) => this.fingerprints.get(test) ?? "gone").join());
  }

  private limitMs(tests: readonly string[]): number {
    return tests.reduce((sum, test) => sum + TIMES_CLEAN * (this.cleanMs(test) ?? UNKNOWN_MS), START_MS);
  }
}

/** Separates faults of one file as far as possible: the failures of one would hide the others. */
function dealt(faults: readonly Fault[]): readonly (readonly Fault[])[] {
  const count = Math.ceil(faults.length / AT_ONCE);
  const sorted = [...faults].sort((one, other) => one.file.localeCompare(other.file));
  return Array.from({ length: count }, (_, at) => sorted.filter((__, number) => number % count === at));
}

function halves<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}
