import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const endings = ["", ".ts", ".mts", "/index.ts"];

/** The files that each of these imports, also indirectly, by path inside `root`. */
export function importsOf(root: string, files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map<string, readonly string[]>();
  const importsIn = (file: string): readonly string[] => {
    const known = direct.get(file) ?? directImports(root, file);
    direct.set(file, known);
    return known;
  };
  return new Map(
    files.map((file) => {
      const reached = new Set<string>();
      const open = [file];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (reached.has(next)) continue;
        reached.add(next);
        open.push(...importsIn(next));
      }
      return [file, reached];
    }),
  );
}

function directImports(root: string, file: string): string[] {
  if (!/\.m?ts$/.test(file)) return [];
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .flatMap((name) => {
      const path = join(dirname(file), name);
      return endings.map((ending) => path + ending).find((candidate) => isFile(join(root, candidate))) ?? [];
    });
}

function isFile(path: string): boolean {
  return existsSync(path) && /\.\w+$/.test(path);
}
