import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Server, ServerCredentials, status, type handleUnaryCall } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as wire from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { cacheRoot } from "../dev/cache";
import { Failure } from "../cli/shared/failure";
import { checkout } from "../dev/checkout";

/** The cost of a Pulumi program by itself, without an engine behind it. */
export interface ProgramRun {
  /** From the start of the process to the registration of the first resource after the stack's own. */
  readonly firstResourceSeconds: number;
  readonly totalSeconds: number;
  /** Processor time, user and system: the value that other work on the machine disturbs least. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly resources: number;
}

export interface Program {
  /** Folder of its Pulumi.yaml. */
  readonly folder: string;
  readonly main: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Of the kernel's clock; `getconf CLK_TCK` is the same everywhere. */
const TICKS_A_SECOND = 100;

const limits = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** Features of the engine that change what the SDK sends. */
const features = ["secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith"];

/**
 * Runs a program as Pulumi's language host does, against an engine that accepts every resource immediately and returns
 * its inputs: what is left is the program's own time.
 *
 * @throws {Failure} with the program's output if it fails
 */
export async function runProgram(program: Program): Promise<ProgramRun> {
  let first: number | undefined;
  let resources = 0;
  let cost = { cpuSeconds: NaN, peakMiB: NaN };
  let pid = 0;
  const server = new Server(limits);
  const empty = unary(() => new Empty());
  const unsupported = unary((): never => {
    throw new Error("this engine only registers resources");
  });
  server.addService(EngineService, {
    log: unary<engine.LogRequest, Empty>(() => new Empty()),
    getRootResource: unary(() => new engine.GetRootResourceResponse()),
    setRootResource: unary(() => new engine.SetRootResourceResponse()),
    startDebugging: empty,
    requirePulumiVersion: unary(() => new engine.RequirePulumiVersionResponse()),
  });
  server.addService(ResourceMonitorService, {
    getDeploymentInfo: unsupported,
    supportsFeature: unary<wire.SupportsFeatureRequest, wire.SupportsFeatureResponse>((request) =>
      new wire.SupportsFeatureResponse().setHassupport(features.includes(request.getId())),
    ),
    invoke: unsupported,
    call: unsupported,
    readResource: unsupported,
    registerResource: unary<wire.RegisterResourceRequest, wire.RegisterResourceResponse>((request) => {
      if (request.getType() !== "pulumi:pulumi:Stack") {
        first ??= performance.now();
        resources += 1;
      }
      const response = new wire.RegisterResourceResponse()
        .setUrn(`urn:pulumi:bench::bench::${request.getType()}::${request.getName()}`)
        .setObject(request.getObject());
      return request.getCustom() ? response.setId(request.getName()) : response;
    }),
    registerResourceOutputs: empty,
    registerStackTransform: empty,
    registerStackInvokeTransform: empty,
    registerResourceHook: empty,
    registerErrorHook: empty,
    registerPackage: unary(() => new wire.RegisterPackageResponse()),
    signalAndWaitForShutdown: unary(async () => {
      cost = await costOf(pid);
      return new Empty();
    }),
  });
  const port = await listen(server);
  const started = performance.now();
  const child = spawn(process.execPath, programArguments(program, port), {
    env: programEnvironment(program),
    stdio: ["ignore", "pipe", "pipe"],
  });
  pid = child.pid ?? 0;
  try {
    const [code, printed] = await Promise.all([
      new Promise<number | null>((resolve, reject) => {
        child.once("error", reject).once("close", resolve);
      }),
      Promise.all([text(child.stdout), text(child.stderr)]),
    ]);
    const totalSeconds = (performance.now() - started) / 1000;
    if (code !== 0 || first === undefined)
      throw new Failure(`${program.main} ended with code ${String(code)}:\n${printed.join("\n")}`);
    return { firstResourceSeconds: (first - started) / 1000, totalSeconds, ...cost, resources };
  } finally {
    server.forceShutdown();
  }
}

function programArguments({ folder, main }: Program, port: number): string[] {
  const address = `127.0.0.1:${port}`;
  return [
    join(checkout, "node_modules/@pulumi/pulumi/cmd/run/index.js"),
    ...["--organization", "organization", "--project", "bench", "--stack", "bench"],
    ...["--root-directory", folder, "--pwd", folder, "--parallel", "32", "--dry-run"],
    ...["--monitor", address, "--engine", address, main],
  ];
}

/** The variables that the language host sets from the options in Pulumi.yaml, with the compile cache that warm runs have. */
function programEnvironment({ config }: Program): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "true",
    PULUMI_NODEJS_TSCONFIG_PATH: join(checkout, "tsconfig.pulumi.json"),
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: "[]",
    NODE_COMPILE_CACHE: join(cacheRoot(), "compiled"),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

async function costOf(pid: number): Promise<Pick<ProgramRun, "cpuSeconds" | "peakMiB">> {
  const [status = "", stat = ""] = await Promise.all(
    ["status", "stat"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
  );
  const peak = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
  // After the command's name in parentheses, the 12th and 13th fields are ticks in user and in system mode.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuSeconds: ticks / TICKS_A_SECOND, peakMiB: Number(peak) / 1024 };
}

function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: status.UNIMPLEMENTED, details: String(error) });
        },
      );
  };
}
