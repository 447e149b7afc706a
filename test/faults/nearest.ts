import { basename } from "node:path";

/** These show most faults by themselves: the objects of whole gateways, and every document. */
const WIDEST = /^test\/unit\/(components\/pinned\w*\.test|documents\/.*\.test)\.ts$/;

/**
 * The tests of a fault that run first: those that are named after its file or one of its folders, then those that see most.
 * The groups run one after the other, so that most faults cost seconds.
 */
export function nearestTests(file: string, tests: readonly string[]): readonly (readonly string[])[] {
  const names = file
    .replace(/\.ts$/, "")
    .split("/")
    .slice(1)
    .filter((name) => !common.has(name));
  const [top] = file.split("/");
  const named = tests.filter(
    (test) =>
      test.startsWith(`test/unit/${top}/`) &&
      names.some((name) => basename(test).toLowerCase().startsWith(name.toLowerCase())),
  );
  return [named, tests.filter((test) => WIDEST.test(test) && !named.includes(test))];
}

/** Names that say nothing about what a test is of. */
const common = new Set(["shared", "index", "args", "kratos", "oathkeeper"]);
