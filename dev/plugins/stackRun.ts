import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify, YAMLParseError } from "yaml";
import { CommandError, run } from "../../cli/shared/exec";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../checkout";
import { StackError } from "./stackError";
import type { PolicyPackChoice, Preview } from "../../cli/check/preview";
import { engineEnvironment, engineVersion, stateBackend, type StackPlace } from "./engine";
import { recoverStack } from "./recovery";

const LOADER = pathToFileURL(require.resolve("tsx")).href;

export const stackCommands = ["up", "preview", "refresh", "destroy", "export"] as const;
export type StackCommand = (typeof stackCommands)[number];

/** Configuration on top of the checked-in stack file, by full key; that file is never written to. */
export type Overlay = Readonly<Record<string, { readonly value: unknown; readonly secret?: boolean }>>;

export interface StackRequest {
  readonly command: StackCommand;
  /** Name of the stack; `Pulumi.<stack>.yaml` is read from the program's folder if it exists. */
  readonly stack: string;
  /** Path of the program's main file, beside its Pulumi.yaml. @default this project's */
  readonly program?: string;
  readonly cluster: StackPlace;
  readonly overlay?: Overlay;
  /** Environment variables of the engine, besides those that every run has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line that the engine prints. */
  readonly onLine?: (line: string) => void;
}

export interface StackResult {
  /** How many resources were created, updated, deleted, replaced, or stayed the same. */
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** From the start of the engine to its last output, without the calls before and afterwards. */
  readonly seconds: number;
  /** The stack's state, from `export`, with its secrets encrypted. */
  readonly deployment?: unknown;
  /** From `check`. */
  readonly preview?: Preview;
}

/** Makes the provider write the objects to files, beside the stack's own. */
const withoutCluster: Overlay = { "kubernetes:renderYamlToDirectory": { value: "rendered" } };

/** `check` is a preview for which a rejection is a result. */
type ProcessCommand = StackCommand | "check";

/** The input of one run's process. */
export interface StackProcessRequest {
  readonly command: ProcessCommand;
  readonly stack: string;
  readonly program: string;
  readonly folder: string;
  /** Version of the command line. */
  readonly engineVersion: string;
  /** Where the backend records the stack's runs. */
  readonly historyFolder: string;
  /** Whether the stack has a state. */
  readonly stackExists: boolean;
  /** The secrets that its file does not have yet. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly policyPack?: PolicyPackChoice;
  readonly resultFile: string;
}

/**
 * Runs the engine on a stack through the Automation API, which needs no language host, in a separate process: Node
 * caches modules, so that a second run in one process would register nothing.
 *
 * @throws {StackError} with what the engine found wrong
 */
export async function runStack(request: StackRequest): Promise<StackResult> {
  const place = join(request.cluster.stateFolder, request.stack);
  if (!readOnly.includes(request.command)) lastUps.delete(place);
  const result = await runEngine(request);
  if (request.command === "up") lastUps.set(place, { inputs: inputsOf(request), result });
  return result;
}

/** The result of an `up` with this program and configuration, if this process has not changed the stack since. */
export function lastUp(request: Omit<StackRequest, "command">): StackResult | undefined {
  const last = lastUps.get(join(request.cluster.stateFolder, request.stack));
  return last?.inputs === inputsOf(request) ? last.result : undefined;
}

const readOnly: readonly StackCommand[] = ["preview", "export"];
const lastUps = new Map<string, { readonly inputs: string; readonly result: StackResult }>();

function inputsOf({ program, overlay }: Omit<StackRequest, "command">): string {
  return JSON.stringify({ program, overlay });
}

/** Previews a stack, with or without a policy pack; a rejected program is a result. */
export async function checkStack(
  request: Omit<StackRequest, "command">,
  policyPack?: PolicyPackChoice,
): Promise<Preview> {
  const { preview } = await runEngine({ ...request, command: "check" }, policyPack);
  if (!preview) throw new RangeError("a check without a preview");
  return preview;
}

async function runEngine(
  request: Omit<StackRequest, "command"> & { readonly command: ProcessCommand },
  policyPack?: PolicyPackChoice,
): Promise<StackResult> {
  const { cluster, command, stack, program = join(checkout, "index.ts") } = request;
  const overlay = { ...request.overlay, ...(cluster.kubeconfig === undefined && withoutCluster) };
  const engine = { ...(await engineEnvironment(cluster)), ...request.environment };
  const folder = join(cluster.stateFolder, "stacks", stack);
  const { project, secrets } = await prepareFolder(folder, program, stack, overlay);
  const backend = stateBackend(cluster);
  const recovery = await recoverStack(engine, { backend, folder, project, stack });
  const scratch = await mkdtemp(join(tmpdir(), "portcullis-run-"));
  const resultFile = join(scratch, "result.json");
  const told: StackProcessRequest = {
    command,
    stack,
    engineVersion: await engineVersion(engine),
    historyFolder: join(backend, ".pulumi/history", project, stack),
    stackExists: existsSync(join(backend, ".pulumi/stacks", project, `${stack}.json`)),
    program,
    folder,
    resultFile,
    secrets,
    ...(policyPack && { policyPack }),
  };
  try {
    await run(process.execPath, ["--import", LOADER, join(__dirname, "stackProcess.ts")], {
      // As under the language host. Elsewhere the loader would map names by another tsconfig.json.
      cwd: dirname(program),
      env: { ...engine, ...recovery },
      input: JSON.stringify(told),
      windsDown: true,
      ...(request.onLine && { onLine: request.onLine }),
    });
    secretsOf.set(folder, secretsIn(overlay));
    return JSON.parse(await readFile(resultFile, "utf8")) as StackResult;
  } catch (error) {
    throw error instanceof CommandError ? new StackError(command, stack, error) : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The encrypted secrets of a stack's file, by its folder: encrypting one costs half a second of processor time. */
const secretsOf = new Map<string, Readonly<Record<string, string>>>();

function secretsIn(overlay: Overlay): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(overlay).flatMap(([key, { value, secret }]) => (secret ? [[key, String(value)]] : [])),
  );
}

/** A copy of the project and stack files with the overlay in it, where the engine may write its own entries. */
async function prepareFolder(
  folder: string,
  program: string,
  stack: string,
  overlay: Overlay,
): Promise<{ readonly project: string; readonly secrets: StackProcessRequest["secrets"] }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = join(program, "..");
  // The engine gets the program as a function, so there is no main file to find.
  const project = await readYaml(join(source, "Pulumi.yaml"));
  delete project["main"];
  const stackFile = `Pulumi.${stack}.yaml`;
  const given = await readYaml(join(source, stackFile));
  const kept = await readYaml(join(folder, stackFile));
  const plain = Object.entries(overlay).flatMap(([key, { value, secret }]) =>
    secret ? [] : [[key, value] as const],
  );
  const secrets = Object.entries(secretsIn(overlay));
  const encrypted = kept["config"] as Readonly<Record<string, unknown>> | undefined;
  const isThere = ([key, value]: readonly [string, string]) =>
    encrypted?.[key] !== undefined && secretsOf.get(folder)?.[key] === value;
  const merged = {
    ...given,
    ...("encryptionsalt" in kept && { encryptionsalt: kept["encryptionsalt"] }),
    config: {
      ...(given["config"] as object | undefined),
      ...Object.fromEntries(plain),
      ...Object.fromEntries(secrets.filter(isThere).map(([key]) => [key, encrypted?.[key]])),
    },
  };
  await writeFile(join(folder, "Pulumi.yaml"), stringify(project));
  await writeFile(join(folder, stackFile), stringify(merged), { mode: 0o600 });
  return {
    project: String(project["name"]),
    secrets: Object.fromEntries(secrets.filter((secret) => !isThere(secret))),
  };
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    return parse(text) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new Failure(`${file} is not valid YAML: ${error.message.trim()}`);
  }
}
