import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { CommandError } from "../../cli/shared/exec";
import type { Preview } from "../../cli/check/preview";
import {
  checkStack,
  runStack,
  type Overlay,
  type StackCommand,
  type StackResult,
} from "../../dev/plugins/stackRun";
import { packFolder } from "../../policy/build";
import { testCluster } from "../cluster/run";

const STACK = "test";

type Configuration = Readonly<Record<string, unknown>>;

interface Run extends StackResult {
  /** What the engine printed. */
  readonly lines: readonly string[];
}

/** A stack of one of the programs beside this file, with a state of its own. */
export class TestStack {
  private constructor(
    private readonly program: string,
    private readonly project: string,
    /** Where the engine keeps the state, and the configuration. */
    readonly stateFolder: string,
  ) {}

  static async create(program: string): Promise<TestStack> {
    const folder = join(__dirname, "programs", program);
    const { name } = parse(await readFile(join(folder, "Pulumi.yaml"), "utf8")) as { name: string };
    return new TestStack(
      join(folder, "index.ts"),
      name,
      await mkdtemp(join(tmpdir(), "portcullis-engine-test-")),
    );
  }

  async run(
    command: StackCommand,
    configuration: Configuration,
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<Run> {
    const { kubeconfig } = await testCluster();
    const lines: string[] = [];
    const result = await runStack({
      command,
      stack: STACK,
      program: this.program,
      cluster: { kubeconfig, stateFolder: this.stateFolder },
      plugins: "stand-in",
      overlay: { ...this.overlay(configuration), ...this.overlay(secrets, true) },
      onLine: (line) => lines.push(line),
    });
    return { ...result, lines };
  }

  /** A preview with the policy pack in a folder; a program that is refused is a result. */
  async check(policyConfiguration: Configuration, folder: string = packFolder): Promise<Preview> {
    const { kubeconfig } = await testCluster();
    const configuration = join(this.stateFolder, "policies.json");
    await writeFile(configuration, JSON.stringify(policyConfiguration));
    const cluster = { kubeconfig, stateFolder: this.stateFolder };
    return checkStack(
      { stack: STACK, program: this.program, cluster, plugins: "stand-in" },
      { folder, configuration },
    );
  }

  /** What a person reads when a run fails as it must. */
  async failure(command: StackCommand, configuration: Configuration): Promise<string> {
    const error: unknown = await this.run(command, configuration).then(
      () => assert.fail(`${command} succeeded`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    assert.doesNotMatch(error.output, /^\s+at /m, "a stack trace");
    return error.output;
  }

  async remove(): Promise<void> {
    await rm(this.stateFolder, { recursive: true });
  }

  private overlay(values: Configuration, secret = false): Overlay {
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`${this.project}:${key}`, { value, secret }]),
    );
  }
}
