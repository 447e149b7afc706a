import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
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

/** A stack of one of the programs beside this file, with its own state. */
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

  async run(command: StackCommand, configuration: Configuration): Promise<StackResult> {
    const { kubeconfig } = await testCluster();
    return runStack({
      command,
      stack: STACK,
      program: this.program,
      cluster: { kubeconfig, stateFolder: this.stateFolder },
      overlay: this.overlay(configuration),
    });
  }

  /** A preview with the policy pack in a folder; a rejected program is a result. */
  async check(policyConfiguration: Configuration, folder: string = packFolder): Promise<Preview> {
    const { kubeconfig } = await testCluster();
    const configuration = join(this.stateFolder, "policies.json");
    await writeFile(configuration, JSON.stringify(policyConfiguration));
    const cluster = { kubeconfig, stateFolder: this.stateFolder };
    return checkStack({ stack: STACK, program: this.program, cluster }, { folder, configuration });
  }

  async remove(): Promise<void> {
    await rm(this.stateFolder, { recursive: true });
  }

  private overlay(values: Configuration): Overlay {
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`${this.project}:${key}`, { value }]),
    );
  }
}
