import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  RunPluginResponse,
  RunResponse,
  type InstallDependenciesRequest,
  type RunPluginRequest,
  type RunRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { spawn } from "node:child_process";
import { programCommand, type Runtime } from "./programCommand";

/**
 * Runs programs as Pulumi's language hosts do, and plugins and policy packs in JavaScript, since the sources of those hosts
 * are not available. The commands that start the engine on a project are tested with it.
 */
const server = new Server();
const runtime = process.argv[2] as Runtime;

/** The exit code of a program that has reported its error itself. */
const TOLD = 32;

type Answer<T> = sendUnaryData<T>;

server.addService(LanguageRuntimeService, {
  handshake: (_call: unknown, answer: Answer<LanguageHandshakeResponse>) => {
    answer(null, new LanguageHandshakeResponse());
  },
  getPluginInfo: (_call: unknown, answer: Answer<PluginInfo>) => {
    answer(null, new PluginInfo().setVersion("3.0.0"));
  },
  getRequiredPackages: (_call: unknown, answer: Answer<GetRequiredPackagesResponse>) => {
    answer(null, new GetRequiredPackagesResponse());
  },
  getRequiredPlugins: (_call: unknown, answer: Answer<GetRequiredPluginsResponse>) => {
    answer(null, new GetRequiredPluginsResponse());
  },
  run: ({ request }: ServerUnaryCall<RunRequest, RunResponse>, answer: Answer<RunResponse>) => {
    runProgram(request).then(
      (code) => {
        const response = new RunResponse().setBail(code === TOLD);
        answer(
          null,
          code === 0 || code === TOLD ? response : response.setError(`the program ended with ${code}`),
        );
      },
      (error: unknown) => {
        answer(error as Error);
      },
    );
  },
  installDependencies: (
    call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
  ) => {
    const { request } = call;
    const folder = request.getInfo()?.getProgramDirectory() ?? request.getDirectory();
    const child = spawn("npm", ["install", "--omit=dev", "--no-audit", "--no-fund"], { cwd: folder });
    child.stdout.on("data", (chunk: Buffer) =>
      call.write(new InstallDependenciesResponse().setStdout(chunk)),
    );
    child.stderr.on("data", (chunk: Buffer) =>
      call.write(new InstallDependenciesResponse().setStderr(chunk)),
    );
    child.once("close", (code) => {
      if (code === 0) call.end();
      else call.destroy(new Error(`npm install ended with ${String(code)}`));
    });
  },
  runPlugin: (call: ServerWritableStream<RunPluginRequest, RunPluginResponse>) => {
    const { request } = call;
    const folder = request.getInfo()?.getProgramDirectory() ?? request.getProgram();
    const isPack = request.getKind() === "analyzer";
    const runner = isPack ? "run-policy-pack" : "run-plugin";
    const main = require.resolve(`@pulumi/pulumi/cmd/${runner}`, { paths: [folder] });
    const args = request.getArgsList();
    const variables = request.getEnvList().map((text) => {
      const equals = text.indexOf("=");
      return [text.slice(0, equals), text.slice(equals + 1)] as const;
    });
    const child = spawn(process.execPath, [main, ...(isPack ? [...args, folder] : [folder, ...args])], {
      // A pack reads its own package.json from its working directory.
      cwd: isPack ? folder : request.getPwd(),
      env: { ...process.env, ...Object.fromEntries(variables) },
    });
    child.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
    child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
    child.once("close", (code) => {
      call.write(new RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    });
    call.once("cancelled", () => child.kill());
  },
});

/** Resolves with the exit code. The engine's address is this host's own last argument, and the runtime its first. */
function runProgram(request: RunRequest): Promise<number> {
  const { command, args, env } = programCommand(runtime, {
    folder: request.getInfo()?.getProgramDirectory() ?? request.getPwd(),
    entryPoint: request.getInfo()?.getEntryPoint() ?? ".",
    monitor: request.getMonitorAddress(),
    engine: process.argv.at(-1) ?? "",
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
    isDryRun: request.getDryrun(),
  });
  const child = spawn(command, args, {
    cwd: request.getPwd(),
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      ...env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
