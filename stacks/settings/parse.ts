import { Output, runtime } from "@pulumi/pulumi";
import type { z } from "zod";
import { isOpen, type Problem } from "../../documents/shared/problem";
import { gatewayStackProblems, serviceNamesProblems, servicesStackProblems } from "./problems";
import { readable } from "./readable";
import { advice, isUnknownSetting, problemsOf, SettingsProblem } from "./report";
import { PROJECT } from "./project";
import { gatewaySchema } from "./schema/gateway";
import { servicesSchema, type ServicesSettings } from "./schema/team";
import { partition, secretProblems, withSecrets, type Settings } from "./secrets";

type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * Reads the running stack's configuration.
 *
 * @throws {SettingsProblem} that names every unknown key, wrong type and missing secret
 */
export function loadSettings(): Settings | ServicesSettings {
  const own = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(`${PROJECT}:`) ? [[key.slice(PROJECT.length + 1), value] as const] : [],
  );
  const config = Object.fromEntries(own);
  return config["kind"] === "services" ? parseServicesSettings(config) : parseSettings(config);
}

/**
 * Checks the configuration of a gateway's stack as the engine hands it over: every value is text, objects and numbers
 * are JSON.
 *
 * @throws {SettingsProblem}
 */
export function parseSettings(config: Readonly<Record<string, string>>): Settings {
  const [secrets, plain] = partition(config);
  const given = valuesOf(gatewaySchema, plain);
  const parsed = gatewaySchema.safeParse(given, { error: advice });
  const problems = [
    ...formAndMeaning(
      parsed,
      given,
      gatewayStackProblems(given, readable(gatewaySchema, given) ?? {}, secrets),
    ),
    ...secretProblems(given, secrets),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(withSecrets(parsed.data, secrets));
}

/**
 * The same for the stack of a team. The hosts are checked once the gateway's domain is known.
 *
 * @throws {SettingsProblem}
 */
export function parseServicesSettings(config: Readonly<Record<string, string>>): ServicesSettings {
  const given = valuesOf(servicesSchema, config);
  const parsed = servicesSchema.safeParse(given, { error: advice });
  const problems = formAndMeaning(
    parsed,
    given,
    servicesStackProblems(readable(servicesSchema, given) ?? {}),
  );
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(parsed.data);
}

/** One report of what has the wrong form and of what is wrong with the rest. */
function formAndMeaning(
  { error }: { readonly error?: z.ZodError | undefined },
  given: Readonly<Record<string, unknown>>,
  ofMeaning: readonly Problem[],
): Problem[] {
  const ofForm = (error?.issues ?? []).flatMap((issue) => problemsOf(issue, given));
  // What is no setting leaves nothing out.
  const open = ofForm.filter((problem) => !isUnknownSetting(problem)).map(({ path }) => path);
  return [
    ...ofForm,
    ...serviceNamesProblems(given),
    ...ofMeaning.filter((problem) => !isOpen(problem, open)),
  ];
}

/** The engine hands scalars over as they were typed; only keys that take text keep them as text. */
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
  if (field?.safeParse(text).success) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
/** Outputs stay as they are: the engine's library writes to them. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Output.isInstance(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
