import {
  Metadata,
  Server,
  ServerCredentials,
  credentials,
  status,
  type ServiceError,
  type handleUnaryCall,
} from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as wire from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { NotReadyError, type Context, type Engine, type Plugin, type ResourceRef } from "./plugin";
import type { Path, Properties } from "./values";

const PARENT_CHECK_MS = 1_000;

const messageLimits = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/**
 * Serves a plugin to the engine that started this process with its own address as the only argument.
 *
 * `@pulumi/pulumi/provider` has a server too, but it neither hands over options, timeouts and the preview flag nor
 * loads in less than half a second.
 *
 * @param version of the official plugin that this one stands in for: the engine warns about an older one
 */
export function serve(version: string, create: (context: Context) => Plugin): void {
  const engine = new EngineConnection(process.argv[2]);
  const cancellation = new AbortController();
  const plugin = create({ engine, cancelled: cancellation.signal });

  const server = new Server(messageLimits);
  server.addService(ResourceProviderService, {
    getPluginInfo: unary<Empty, PluginInfo>(() => new PluginInfo().setVersion(`${version}+stand-in`)),
    attach: unary<PluginAttach, Empty>((request) => {
      engine.connect(request.getAddress());
      return new Empty();
    }),
    configure: unary<wire.ConfigureRequest, wire.ConfigureResponse>((request) => {
      plugin.configure(optionsOf(request));
      // The engine hands secrets over as plain values and marks them again in what comes back.
      return new wire.ConfigureResponse().setAcceptsecrets(false).setSupportspreview(true);
    }),
    check: unary<wire.CheckRequest, wire.CheckResponse>(async (request) => {
      const { inputs, failures = [] } = await plugin.check({
        ...refOf(request),
        inputs: read(request.getNews()),
        oldInputs: read(request.getOlds()),
        seed: request.getRandomseed_asU8(),
      });
      return new wire.CheckResponse()
        .setInputs(write(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new wire.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: unary<wire.DiffRequest, wire.DiffResponse>((request) => {
      const { changed, replaced, deleteBeforeReplace } = plugin.diff({
        ...refOf(request),
        inputs: read(request.getNews()),
        oldInputs: read(request.getOldInputs()),
      });
      const response = new wire.DiffResponse()
        .setChanges(
          changed.length > 0
            ? wire.DiffResponse.DiffChanges.DIFF_SOME
            : wire.DiffResponse.DiffChanges.DIFF_NONE,
        )
        .setReplacesList(replaced.map(writePath))
        .setDeletebeforereplace(deleteBeforeReplace ?? false)
        .setHasdetaileddiff(true);
      for (const path of changed) {
        const { UPDATE, UPDATE_REPLACE } = wire.PropertyDiff.Kind;
        response
          .getDetaileddiffMap()
          .set(
            writePath(path),
            new wire.PropertyDiff()
              .setKind(replaced.includes(path) ? UPDATE_REPLACE : UPDATE)
              .setInputdiff(true),
          );
      }
      return response;
    }),
    create: unary<wire.CreateRequest, wire.CreateResponse>(async (request) => {
      const { id, outputs } = await plugin.create({
        ...refOf(request),
        ...timeoutOf(request),
        inputs: read(request.getProperties()),
        preview: request.getPreview(),
      });
      return new wire.CreateResponse().setId(id).setProperties(write(outputs));
    }),
    read: unary<wire.ReadRequest, wire.ReadResponse>(async (request) => {
      const live = await plugin.read({
        ...refOf(request),
        id: request.getId(),
        inputs: read(request.getInputs()),
        outputs: read(request.getProperties()),
      });
      return live
        ? new wire.ReadResponse()
            .setId(live.id)
            .setProperties(write(live.outputs))
            .setInputs(write(live.inputs))
        : new wire.ReadResponse();
    }),
    update: unary<wire.UpdateRequest, wire.UpdateResponse>(async (request) => {
      const outputs = await plugin.update({
        ...refOf(request),
        ...timeoutOf(request),
        id: request.getId(),
        inputs: read(request.getNews()),
        oldInputs: read(request.getOldInputs()),
        preview: request.getPreview(),
      });
      return new wire.UpdateResponse().setProperties(write(outputs));
    }),
    delete: unary<wire.DeleteRequest, Empty>(async (request) => {
      await plugin.delete({
        ...refOf(request),
        ...timeoutOf(request),
        id: request.getId(),
        inputs: read(request.getOldInputs()),
      });
      return new Empty();
    }),
    cancel: unary<Empty, Empty>(() => {
      cancellation.abort();
      return new Empty();
    }),
  });
  exitWithEngine();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${String(port)}\n`);
  });
}

/** The engine ends its plugins, unless it is killed itself: then this process is handed to another parent. */
function exitWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, PARENT_CHECK_MS).unref();
}

class EngineConnection implements Engine {
  readonly #statuses = new Map<string, string>();
  #client: EngineClient | undefined;

  constructor(address: string | undefined) {
    if (address !== undefined) this.connect(address);
  }

  connect(address: string): void {
    this.#client = new EngineClient(address, credentials.createInsecure(), messageLimits);
  }

  info(message: string): void {
    this.#log(new LogRequest().setMessage(message));
  }

  status(urn: string, message: string): void {
    // Off a terminal the engine prints a line for each.
    if (this.#statuses.get(urn) === message) return;
    this.#statuses.set(urn, message);
    this.#log(new LogRequest().setMessage(message).setUrn(urn).setEphemeral(true));
  }

  #log(request: LogRequest): void {
    // A lost log line is no reason to fail what it reports about.
    this.#client?.log(request.setSeverity(LogSeverity.INFO), () => undefined);
  }
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
          callback(errorFor(error));
        },
      );
  };
}

function errorFor(error: unknown): Partial<ServiceError> {
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof NotReadyError)) return { code: status.INVALID_ARGUMENT, details };
  const { live, reasons } = error;
  const failed = new wire.ErrorResourceInitFailed()
    .setId(live.id)
    .setProperties(write(live.outputs))
    .setReasonsList([...reasons]);
  if (live.inputs) failed.setInputs(write(live.inputs));
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new Status().setCode(status.UNKNOWN).setMessage(details).setDetailsList([detail]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
}

function refOf(request: { getUrn(): string; getType(): string; getName(): string }): ResourceRef {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

function timeoutOf(request: { getTimeout(): number }): { timeoutSeconds?: number } {
  return request.getTimeout() > 0 ? { timeoutSeconds: request.getTimeout() } : {};
}

/** Options by their plain name; the engine prefixes each with the package's name. */
function optionsOf(request: wire.ConfigureRequest): Record<string, string> {
  return Object.fromEntries(
    request
      .getVariablesMap()
      .getEntryList()
      .map(([name, value]) => [name.slice(name.lastIndexOf(":") + 1), value]),
  );
}

function read(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function write(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}

/** The engine's notation of a property path: dots, with brackets around what is no plain name. */
function writePath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${String(step)}]`;
      if (!/^[A-Za-z_]\w*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}
