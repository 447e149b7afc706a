import { Output, runtime } from "@pulumi/pulumi";
import type { z } from "zod";
import { egressProblems } from "../../components/shared/egressProblems";
import { overrideProblems } from "../../components/shared/images";
import { trustedPeerProblems } from "../../components/shared/networkPolicies";
import { connectionProblems } from "../../documents/kratos/dsn";
import { signInLimitsProblems } from "../../documents/kratos/signInLimits";
import { sessionLifeProblems } from "../../documents/nginx/sessionCheck";
import {
  backupsProblems,
  contradictions,
  domainAndServiceProblems,
  providerProblems,
  readableFields,
  routeAdmissionProblems,
  serviceAccountProblems,
  unreachedProblems,
  withoutRepeats,
  type Fields,
} from "./problems";
import { advice, key, problemsOf, SettingsProblem } from "./report";
import { gatewaySchema, PROJECT, servicesSchema, type ServicesSettings } from "./schema";
import { partition, secretProblems, withSecrets, type Settings } from "./secrets";

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
  const readable = parsed.success ? parsed.data : readableFields(gatewaySchema, given);
  const ofForm = (parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, given));
  const problems = [
    ...ofForm,
    ...domainAndServiceProblems(readable),
    ...routeAdmissionProblems(readable),
    ...withoutRepeats(ofForm, providerProblems(given["loginProviders"], readable, secrets)),
    ...contradictions(readable),
    ...serviceAccountProblems(readable),
    ...(readable.replicas === undefined ? [] : connectionProblems(key("replicas"), readable.replicas)),
    ...(readable.session?.checkCache === undefined
      ? []
      : sessionLifeProblems(key("session.checkCache"), readable.session.checkCache)),
    ...(readable.route === undefined ? [] : trustedPeerProblems(key("route.from"), readable.route.from)),
    ...(readable.signInLimits === undefined
      ? []
      : signInLimitsProblems(key("signInLimits"), readable.signInLimits)),
    ...(readable.images === undefined ? [] : overrideProblems(key("images"), readable.images)),
    ...(readable.database === undefined ? [] : backupsProblems(readable.database)),
    ...egressProblems(key("egress"), readable.egress),
    ...(given["egress"] !== undefined && readable.egress === undefined ? [] : unreachedProblems(readable)),
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
  const readable = parsed.success ? parsed.data : readableFields(servicesSchema, given);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, given)),
    ...domainAndServiceProblems(readable),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(parsed.data);
}

/** The engine hands scalars over as they were typed; only keys that take text keep them as text. */
function valuesOf(
  { shape }: { readonly shape: Fields },
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, valueOf(shape[key], text)] as const),
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
