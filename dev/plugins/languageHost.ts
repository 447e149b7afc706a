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
import { join } from "node:path";

/**
 * Runs programs and policy packs of JavaScript as `pulumi-language-nodejs` does, whose source is not to be had: what the
 * commands that start the engine on a project are tested with.
 */
const server = new Server();

/** The code of a program that has told its error itself. */
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
      // A pack reads its own package.json from where it is.
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

/** Resolves with the exit code. The engine's address is this host's own argument. */
function runProgram(request: RunRequest): Promise<number> {
  const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const named = {
    monitor: request.getMonitorAddress(),
    engine: process.argv.at(-1) ?? "",
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const options = Object.entries(named).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(
    process.execPath,
    [
      require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] }),
      ...options,
      ...(request.getDryrun() ? ["--dry-run"] : []),
      join(folder, request.getInfo()?.getEntryPoint() ?? "."),
    ],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    },
  );
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
