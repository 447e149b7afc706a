import { Output, runtime } from "@pulumi/pulumi";
import type { z } from "zod";
import {
  protectedNameProblems,
  serviceProblems,
  type KnownGatewayRef,
} from "../../components/protectedService/problems";
import type { Partly } from "../../documents/shared/partly";
import { found, isOpen, type Path, type Problem } from "../../documents/shared/problem";
import {
  gatewayStackProblems,
  noServicesProblems,
  serviceNamesProblems,
  servicesStackProblems,
} from "./problems";
import { readable } from "./readable";
import {
  advice,
  isUnknownSetting,
  problemsOf,
  SettingsProblem,
  stackFile,
  type SettingsSource,
} from "./report";
import { PROJECT } from "./project";
import { gatewaySchema } from "./schema/gateway";
import { service } from "./schema/service";
import { servicesSchema, type ServicesSettings } from "./schema/team";
import { withServiceFiles } from "./serviceFiles";
import {
  openSecretProblems,
  partition,
  secretProblems,
  withSecrets,
  type GivenSecrets,
  type Settings,
} from "./secrets";

type Fields = Readonly<Record<string, z.ZodType>>;
type Given = Readonly<Record<string, unknown>>;

/** What a team's stack says, and where it says it. */
export interface TeamSettings extends ServicesSettings {
  /** Names a setting as its author knows it. */
  readonly path: Path;
}

/**
 * Reads the running stack's configuration, and its services in files.
 *
 * @throws {SettingsProblem} that names every unknown key, wrong type and missing secret
 */
export function loadSettings(): Settings | TeamSettings {
  const own = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(`${PROJECT}:`) ? [[key.slice(PROJECT.length + 1), value] as const] : [],
  );
  const config = Object.fromEntries(own);
  return config["kind"] === "services" ? parseServicesSettings(config) : parseSettings(config);
}

/**
 * Checks the configuration of a gateway's stack as the engine passes it: every value is text, and objects and numbers
 * are JSON.
 *
 * @param folder where the project is, with its services in files
 * @throws {SettingsProblem}
 */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  folder: string = process.cwd(),
): Settings {
  const [secrets, plain] = partition(config);
  const { source, given, problems } = withServiceFiles(stackFile, valuesOf(gatewaySchema, plain), folder);
  return checkedSettings(source, given, secrets, [...problems, ...octalProblems(source.path, plain)]);
}

/**
 * Checks a gateway's settings, wherever they were written.
 *
 * @param earlier what was wrong with some of them before they could be read
 * @throws {SettingsProblem}
 */
export function checkedSettings(
  source: SettingsSource,
  given: Given,
  secrets: GivenSecrets,
  earlier: readonly Problem[] = [],
): Settings {
  const { parsed, known } = parsedAs(gatewaySchema, given);
  const problems = [
    ...formAndMeaning(
      source,
      parsed,
      given,
      gatewayStackProblems(source, known, secrets, unreadOf(parsed, earlier)),
      [...earlier, ...openSecretProblems(source, given)],
    ),
    ...secretProblems(source, given, secrets),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(source, problems);
  return deepFreeze(withSecrets(parsed.data, secrets));
}

/**
 * The same for a team's stack. The hosts are checked once the gateway's domain is known.
 *
 * @throws {SettingsProblem}
 */
export function parseServicesSettings(
  config: Readonly<Record<string, string>>,
  folder: string = process.cwd(),
): TeamSettings {
  const {
    source,
    given,
    problems: ofFiles,
  } = withServiceFiles(stackFile, valuesOf(servicesSchema, config), folder);
  const earlier = [...ofFiles, ...octalProblems(source.path, config)];
  const { parsed, known } = parsedAs(servicesSchema, given);
  const problems = [
    ...formAndMeaning(source, parsed, given, servicesStackProblems(source.path, known), earlier),
    ...noServicesProblems(source.path, given),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(source, problems);
  return deepFreeze({ ...parsed.data, path: source.path });
}

const serviceArguments = service.extend({ namespace: servicesSchema.shape.namespace });

/**
 * Checks the settings of a single service, wherever they were written.
 *
 * @param gateway as far as it is known
 * @param earlier what was wrong with some of them before they could be read
 * @throws {SettingsProblem}
 */
export function checkedService(
  source: SettingsSource,
  name: string,
  given: Given,
  gateway: KnownGatewayRef,
  earlier: readonly Problem[],
): Readonly<z.infer<typeof serviceArguments>> {
  const { parsed, known } = parsedAs(serviceArguments, given);
  const ofMeaning = [
    ...protectedNameProblems("name", name),
    ...serviceProblems(source.path, name, known, gateway),
  ];
  const problems = formAndMeaning(source, parsed, given, ofMeaning, earlier);
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(source, problems);
  return deepFreeze(parsed.data);
}

/** The result of parsing settings by a schema: all of them or what is wrong, and as much as can be read. */
function parsedAs<Schema extends z.ZodObject>(schema: Schema, given: Given) {
  const parsed = schema.safeParse(given, { error: advice });
  const known = parsed.success ? parsed.data : (readable(schema, given) ?? {});
  return { parsed, known: known as Partly<z.infer<Schema>> };
}

/** One report of what has the wrong form and of what is wrong with the rest. */
function formAndMeaning(
  source: SettingsSource,
  { error }: { readonly error?: z.ZodError | undefined },
  given: Given,
  ofMeaning: readonly Problem[],
  earlier: readonly Problem[] = [],
): Problem[] {
  const told = earlier.map(({ path }) => path);
  const ofForm = (error?.issues ?? [])
    .flatMap((issue) => problemsOf(source, issue, given))
    .filter((problem) => !isOpen(problem, told));
  // An unknown setting leaves nothing out.
  const open = [...told, ...ofForm.filter((problem) => !isUnknownSetting(problem)).map(({ path }) => path)];
  return [
    ...earlier,
    ...ofForm,
    ...serviceNamesProblems(source.path, given),
    ...ofMeaning.filter((problem) => !isOpen(problem, open)),
  ];
}

/** The settings of which a part has the wrong form, or has already been refused. */
function unreadOf(
  { error }: { readonly error?: z.ZodError | undefined },
  earlier: readonly Problem[],
): ReadonlySet<PropertyKey> {
  return new Set([
    ...(error?.issues ?? []).flatMap(({ path }) => path.slice(0, 1)),
    ...earlier.flatMap(({ path }) => path.split(/[.[]/).slice(0, 1)),
  ]);
}

/** The engine reads 0123 as an octal number and passes 83, the same as for 83: only quotes keep a leading zero. */
function octalProblems(path: Path, { namespace = "" }: Readonly<Record<string, string>>): Problem[] {
  if (!/^[1-9]\d*$/.test(namespace)) return [];
  return [
    {
      path: path("namespace"),
      value: found(namespace),
      reason: "is a number, which may differ from the one in the file: 0123 without quotes becomes 83",
      fix: 'Write a name that begins with 0 between quotes, "0123"; any other needs a letter.',
    },
  ];
}

/** The engine passes scalars as they were typed; only keys that take text keep them as text. */
function valuesOf(
  { shape }: { readonly shape: Fields },
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(
      ([key, text]) => [key, valueOf(Object.hasOwn(shape, key) ? shape[key] : undefined, text)] as const,
    ),
  );
}

function valueOf(field: z.ZodType | undefined, text: string): unknown {
  const value = parsedJson(text);
  // An object stays an object, even if the key takes text too.
  const isObject = typeof value === "object" && value !== null;
  return !isObject && field?.safeParse(text).success ? text : value;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Outputs are not frozen: the engine's library writes to them. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Output.isInstance(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
