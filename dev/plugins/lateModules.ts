import Module, { createRequire } from "node:module";

/** What Pulumi's SDK requires for functions that become resources: two thirds of the time that it takes to load. */
export const ofSerialization = ["typescript", "@npmcli/arborist"] as const;

type Exports = Readonly<Record<string | symbol, unknown>>;

/**
 * Has packages loaded when something of them is used, and not when they are required. One that is not installed stays so.
 *
 * @param file of a package that requires them
 */
export function loadLate(file: string, names: readonly string[]): void {
  const require = createRequire(file);
  for (const name of names) {
    const main = resolved(require, name);
    if (main === undefined) continue;
    let loaded: Exports | undefined;
    const load = () => {
      if (loaded) return loaded;
      require.cache[main] = undefined;
      loaded = require(name) as Exports;
      return loaded;
    };
    const late = new Module(main);
    late.loaded = true;
    // What is compiled to `import * as` takes a module of this mark as it is.
    late.exports = new Proxy({}, { get: (_, member) => (member === "__esModule" ? true : load()[member]) });
    require.cache[main] ??= late;
  }
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
