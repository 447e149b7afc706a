import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { Output, runtime, secret } from "@pulumi/pulumi";
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { ComponentProblem } from "../../components/shared/errors";

/** An engine document: JSON without functions or outputs. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A document whose form the test knows. */
export type Fields = Record<string, Json>;

/** A resource as the program requests it from the engine. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Type of its parent, if it has one. */
  readonly parent?: string;
  readonly inputs: Fields;
  /** The inputs as they appear in a stack's state: a placeholder for every secret. */
  readonly visible: Fields;
  /** `type name` of everything that must exist before it. */
  readonly after: readonly string[];
  readonly options: ResourceOptions;
  /** Types that it may have had under its name. They are not an option, as Pulumi's SDK adds some of its own. */
  readonly formerTypes: readonly string[];
}

/** What the program passes to the engine besides the inputs; an option with its default value is absent. */
export interface ResourceOptions {
  /** `type name`, absent for a child of the stack. */
  readonly parent?: string;
  /** Name of the provider, absent if it is the engine's default. */
  readonly provider?: string;
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly deleteBeforeReplace?: true;
  readonly ignoreChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly string[];
  readonly timeouts?: Readonly<Record<string, string>>;
}

/** The results of a provider's functions, by their tokens; a function may fail. */
export type Answers = Readonly<Record<string, Fields | Error>>;

/** What one program registered, in no particular order. */
export class Recorded {
  constructor(readonly all: readonly Registered[]) {}

  get inOrder(): Registered[] {
    return this.all.toSorted((one, other) => identity(one).localeCompare(identity(other)));
  }

  get names(): string[] {
    return this.all.map(identity).sort();
  }

  ofType(suffix: string): Registered[] {
    return this.all.filter(({ type }) => type.endsWith(suffix));
  }

  /** The one resource with this type suffix and this name. */
  one(suffix: string, name: string): Registered {
    const matches = this.ofType(suffix).filter((resource) => resource.name === name);
    const [match] = matches;
    if (!match || matches.length > 1) throw new Error(`${matches.length} of ${suffix} ${name}`);
    return match;
  }

  has(suffix: string, name: string): boolean {
    return this.ofType(suffix).some((resource) => resource.name === name);
  }
}

/**
 * Runs a program without an engine, until everything that it made is registered.
 *
 * @param stacks what other stacks have exported, by name; secrets are outputs
 */
export async function run<T>(
  program: () => T | Promise<T>,
  stacks: Readonly<Record<string, Fields>> = {},
  invokes: Answers = {},
  isPreview = false,
): Promise<{ readonly made: Recorded; readonly result: T }> {
  const made: Registered[] = [];
  const newResource = (args: runtime.MockResourceArgs) =>
    args.type === "pulumi:pulumi:StackReference" ? stackReference(args, stacks) : resource(args);
  const call = ({ token, inputs }: runtime.MockCallArgs) => {
    const answer = invokes[token] ?? (inputs as Fields);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  await runtime.setMocks({ call, newResource }, "portcullis", "test", isPreview);
  record(made);
  // The SDK keeps a stack trace of every promise: mapping them to the sources took a third of these tests' time.
  process.setSourceMapsEnabled(false);
  try {
    const result = await program();
    return { made: new Recorded(made), result };
  } finally {
    await runtime.disconnect();
    process.setSourceMapsEnabled(true);
  }
}

/** The problem for which one of a program's components refuses it. */
export async function refusedBy(program: () => unknown): Promise<ComponentProblem> {
  const error: unknown = await run(program).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ComponentProblem, inspect(error));
  assert.equal(error.hideStack, true);
  return error;
}

/** The same as in a preview, where nothing is done with unknown values. */
export function preview<T>(program: () => T | Promise<T>) {
  return run(program, {}, {}, true);
}

/** The rejections of a program once values are known, when no caller is left to catch them. */
export async function lateErrors(program: () => unknown, invokes: Answers = {}): Promise<unknown[]> {
  const errors = new Set<unknown>();
  const collect = (error: unknown) => errors.add(error);
  const listeners = process.rawListeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", collect);
  try {
    await run(program, {}, invokes);
    await setImmediate();
    return [...errors];
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener as () => void);
  }
}

/** Wraps the monitor, not the mocks: only its requests identify secrets exactly, and include dependencies at all. */
function record(made: Registered[]): void {
  const monitor = runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: RegisterResourceRequest, callback: Parameters<typeof register>[1]) => {
    const inputs = request.getObject()?.toJavaScript() ?? {};
    made.push({
      type: request.getType(),
      name: request.getName(),
      ...(request.getParent() !== "" && { parent: typeOfUrn(request.getParent()) }),
      inputs: unwrap(inputs, (value) => value) as Fields,
      visible: unwrap(inputs, () => "[secret]") as Fields,
      after: request.getDependenciesList().map(identityOfUrn),
      options: optionsOf(request),
      formerTypes: request.getAliasesList().flatMap(formerType),
    });
    return register(request, callback);
  };
}

function optionsOf(request: RegisterResourceRequest): ResourceOptions {
  const lists = {
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [...request.getAliasurnsList(), ...request.getAliasesList().flatMap(formerName)],
  };
  const parent = request.getParent();
  const timeouts = Object.entries(request.getCustomtimeouts()?.toObject() ?? {}).filter(
    ([, timeout]) => timeout !== "",
  );
  return {
    ...(!isStack(parent) && { parent: identityOfUrn(parent) }),
    ...(request.getProvider() !== "" && { provider: request.getProvider().split("::")[3] }),
    ...(request.getProtect() === true && { protect: true }),
    ...(request.getRetainondelete() === true && { retainOnDelete: true }),
    ...(request.getDeletebeforereplace() && { deleteBeforeReplace: true }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(timeouts.length > 0 && { timeouts: Object.fromEntries(timeouts) }),
  };
}

/** An alias with only a type is the SDK's own: an earlier API version of a kind. */
function formerName(alias: Alias): string[] {
  const { type = "", name = "" } = alias.getSpec()?.toObject() ?? {};
  if (name !== "") return [`${type} ${name}`.trim()];
  return alias.getUrn() === "" ? [] : [alias.getUrn()];
}

function formerType(alias: Alias): string[] {
  const { type = "", name = "" } = alias.getSpec()?.toObject() ?? {};
  return type !== "" && name === "" ? [type] : [];
}

function isStack(urn: string): boolean {
  return urn === "" || urn.includes(`::${runtime.rootPulumiStackTypeName}::`);
}

/** What providers add: names, and the values of generated secrets. */
function resource({ type, name, inputs }: runtime.MockResourceArgs): runtime.MockResourceResult {
  const given = inputs as Fields & { metadata?: Fields };
  const metadata = given.metadata && { metadata: { name, ...given.metadata } };
  const made = type.startsWith("random:") && generated(name);
  const result = made !== false && { result: type.endsWith("Password") ? secret(made) : made };
  const instance = type.endsWith(":DatabaseInstance") && { name: `${name}-1a2b3c4`, ...cloudSqlInstance };
  return { id: `${name}-id`, state: { ...given, ...metadata, ...result, ...instance } };
}

const cloudSqlInstance = {
  privateIpAddress: "10.0.0.3",
  serverCaCerts: [{ cert: "the instance's authority" }, { cert: "the one that follows" }],
};

function stackReference(
  { inputs, name }: runtime.MockResourceArgs,
  stacks: Readonly<Record<string, Fields>>,
): runtime.MockResourceResult {
  const { name: stack = name } = inputs as { readonly name?: string };
  const outputs = stacks[stack] ?? {};
  const secretOutputNames = Object.keys(outputs).filter((output) => Output.isInstance(outputs[output]));
  return { id: stack, state: { name: stack, outputs, secretOutputNames } };
}

/** The text of a generated secret with this name. */
export function generated(name: string): string {
  return `generated for ${name}`;
}

function unwrap(value: Json, ofSecret: (value: Json) => Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => unwrap(one, ofSecret));
  if (value[runtime.specialSigKey] === runtime.specialSecretSig)
    return ofSecret(unwrap(value["value"] ?? null, ofSecret));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unwrap(one, ofSecret)]));
}

function identity({ type, name }: Pick<Registered, "type" | "name">): string {
  return `${type} ${name}`;
}

function identityOfUrn(urn: string): string {
  return identity({ type: typeOfUrn(urn), name: urn.split("::")[3] ?? "" });
}

function typeOfUrn(urn: string): string {
  const [, , types = ""] = urn.split("::");
  return types.slice(types.lastIndexOf("$") + 1);
}
