import { basename } from "node:path";

/** The tests of single documents, which load no SDK. */
const DOCUMENTS = "test/unit/documents/";
/** The tests of whole gateways and of the words of mistakes, which show most faults. */
const PINS = /^test\/unit\/(components\/pinned\w*|stacks\/words)\.test\.ts$/;
/** Names that say nothing about the subject of a test. */
const COMMON = new Set(["shared", "index", "args", "kratos", "oathkeeper", "nginx"]);

/**
 * The tests of a fault that run first, one group after the other, so that most faults cost seconds: the documents' tests, the
 * pins, and the tests named after its file or one of its folders.
 */
export function nearestTests(file: string, tests: readonly string[]): readonly (readonly string[])[] {
  const [top = "", ...path] = file.replace(/\.ts$/, "").split("/");
  const names = path.filter((name) => !COMMON.has(name)).map((name) => name.toLowerCase());
  const documents = tests.filter((test) => test.startsWith(DOCUMENTS));
  const pins = tests.filter((test) => PINS.test(test));
  const named = tests.filter(
    (test) =>
      test.startsWith(`test/unit/${top}/`) &&
      names.some((name) => basename(test).toLowerCase().includes(name)),
  );
  const before = [...documents, ...pins];
  return [documents, pins, named.filter((test) => !before.includes(test))];
}
