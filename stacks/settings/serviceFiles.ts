import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, extname, join, resolve } from "node:path";
import type * as yaml from "yaml";
import { found, type Path, type Problem } from "../../documents/shared/problem";
import type { SettingsSource } from "./report";
import { errorMessage } from "../../documents/shared/errorMessage";
import { isRecord } from "../../documents/shared/record";

const load = createRequire(__filename);

/** The setting that names the folder. */
const SETTING = "serviceFiles";
const EXTENSION = ".yaml";

type Given = Readonly<Record<string, unknown>>;

/** Settings together with the services that are in files of their own. */
export interface WithServiceFiles {
  readonly given: Given;
  /** Refers to problems of a service by its file. */
  readonly source: SettingsSource;
  /** What is wrong with the files themselves. */
  readonly problems: readonly Problem[];
}

/**
 * Adds the services of the folder that `serviceFiles` names, one per file: the engine passes a program no more
 * configuration than fits into one variable.
 *
 * @param from the folder to which `serviceFiles` is relative
 */
export function withServiceFiles(source: SettingsSource, given: Given, from: string): WithServiceFiles {
  const { [SETTING]: folder, services } = given;
  if (typeof folder !== "string") return { given, source, problems: [] };
  const path = source.path(SETTING);
  const { files, problems: ofFolder } = filesIn(path, folder, from);
  const paths = new Map(files.map((file) => [basename(file, EXTENSION), file]));
  const read = [...paths].map(([name, file]) => readService(name, file, from));
  const problems = [
    ...ofFolder,
    ...namesakes(files, services, source.path),
    ...read.flatMap((one) => one.problems),
  ];
  const entries = read.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  const inFile = isRecord(services) ? services : {};
  return {
    // The settings' schema reports what is not an object.
    given: isRecord(services ?? {})
      ? { ...given, services: { ...inFile, ...Object.fromEntries(entries) } }
      : given,
    source: { ...source, path: pathInFiles(source.path, paths, inFile) },
    problems,
  };
}

/**
 * Names a property of a service that is in a file of its own by that file. Names may contain dots: the longest is meant.
 * @param inFile services without such a file
 */
function pathInFiles(path: Path, files: ReadonlyMap<string, string>, inFile: object): Path {
  return (property) => {
    const [outer, ...keys] = property.split(".");
    if (outer !== "services") return path(property);
    const beginnings = keys.map((_, at) => keys.slice(0, keys.length - at).join("."));
    const name = beginnings.find((one) => files.has(one) || Object.hasOwn(inFile, one)) ?? "";
    const file = files.get(name);
    if (file === undefined) return path(property);
    const rest = property.slice(`services.${name}.`.length);
    return rest === "" ? file : `${file}: ${rest}`;
  };
}

/** The files with a service, at any depth of the folder. */
function filesIn(
  path: string,
  folder: string,
  from: string,
): { readonly files: readonly string[]; readonly problems: readonly Problem[] } {
  const refused = (reason: string) => ({
    files: [],
    problems: [
      {
        path,
        value: found(folder),
        reason,
        fix: `Name a folder beside Pulumi.yaml with a file NAME${EXTENSION} for each service.`,
      },
    ],
  });
  try {
    const all = readdirSync(resolve(from, folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .sort();
    const files = all.filter((file) => extname(file) === EXTENSION);
    if (files.length === 0) return refused(`has no file that ends with ${EXTENSION}`);
    const misnamed = all
      .filter((file) => extname(file) === ".yml")
      .map((file) => ({
        path: file,
        value: found(basename(file)),
        reason: "is not read",
        fix: `Rename it to ${basename(file, ".yml")}${EXTENSION}.`,
      }));
    return { files, problems: misnamed };
  } catch (error) {
    return refused(`cannot be read (${codeOf(error)})`);
  }
}

/** A name may define only one service. */
function namesakes(files: readonly string[], services: unknown, path: Path): Problem[] {
  const inFile = isRecord(services) ? services : {};
  const places = new Map<string, string>(
    Object.keys(inFile).map((name) => [name, path(`services.${name}`)] as const),
  );
  return files.flatMap((file) => {
    const name = basename(file, EXTENSION);
    const earlier = places.get(name);
    if (earlier === undefined) places.set(name, file);
    return earlier === undefined
      ? []
      : [
          {
            path: file,
            value: found(name),
            reason: `is also the name of ${earlier}`,
            fix: "Keep one of them, or give this service another name.",
          },
        ];
  });
}

function readService(
  name: string,
  file: string,
  from: string,
): { readonly name: string; readonly value?: unknown; readonly problems: readonly Problem[] } {
  try {
    // Only a stack with such files loads the parser.
    const { parseDocument } = load("yaml") as typeof yaml;
    const document = parseDocument(readFileSync(resolve(from, file), "utf8"));
    const mistakes = [...document.errors, ...document.warnings];
    if (mistakes.length > 0) return { name, problems: mistakes.map(({ message }) => unread(file, message)) };
    return { name, value: document.toJS() as unknown, problems: [] };
  } catch (error) {
    return { name, problems: [unread(file, errorMessage(error))] };
  }
}

/** Below its message, the parser quotes the lines around a mistake; they may hold anything. */
function unread(file: string, message: string): Problem {
  const [words = ""] = message.split("\n");
  return {
    path: file,
    value: "text",
    reason: `is not valid YAML: ${words.replace(/:$/, "")}`,
    fix: "Correct it: the file is one service, as an entry of services is.",
  };
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? String(error);
}
