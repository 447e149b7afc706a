import { once } from "node:events";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";

/** How a call is made. */
export interface Call {
  /** The name that is called, `:authority`. */
  readonly host: string;
  /** `/package.Service/Method` */
  readonly method: string;
  readonly metadata?: OutgoingHttpHeaders;
  /** @default one empty message */
  readonly messages?: readonly Buffer[];
  /** What is done between two messages, and before the end. */
  readonly pause?: () => Promise<void>;
  /**
   * Whether each message waits for the answer to the one before.
   * @default false
   */
  readonly inTurn?: boolean;
  /** Called when a message has come, with how many those are now. */
  readonly came?: (messages: number) => void;
}

/** What has come back of a call. */
export interface Called {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly messages: readonly Buffer[];
  readonly trailers: IncomingHttpHeaders;
  /** `grpc-status`, wherever it is. */
  readonly code: number;
}

/** Makes a call as gRPC's own clients do, by HTTP/2 that nothing was agreed on before. */
export async function call(server: string, asked: Call): Promise<Called> {
  const { host, method, metadata = {}, messages = [Buffer.alloc(0)], pause, inTurn = false } = asked;
  const { came = () => undefined } = asked;
  const session = connect(server, { rejectUnauthorized: false });
  try {
    return await new Promise<Called>((resolve, reject) => {
      const stream = session.request({
        ":method": "POST",
        ":path": method,
        ":authority": host,
        te: "trailers",
        "content-type": "application/grpc",
        ...metadata,
      });
      let headers: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      let rest: Buffer = Buffer.alloc(0);
      const received: Buffer[] = [];
      stream.on("response", (given: IncomingHttpHeaders) => (headers = named(given)));
      stream.on("trailers", (given: IncomingHttpHeaders) => (trailers = named(given)));
      stream.on("data", (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
          const end = 5 + rest.readUInt32BE(1);
          received.push(rest.subarray(5, end));
          came(received.length);
          rest = rest.subarray(end);
        }
      });
      stream.on("close", () => {
        const status = headers[":status"] as number | undefined;
        const code = Number(trailers["grpc-status"] ?? headers["grpc-status"] ?? NaN);
        resolve({ status, headers, trailers, messages: received, code });
      });
      session.on("error", reject);
      stream.on("error", reject);
      // The first message that comes tells of the call.
      const answered = async (sent: number) => {
        while (inTurn && received.length <= sent) await once(stream, "data");
        await pause?.();
      };
      void send(stream, messages, answered);
    });
  } finally {
    session.close();
  }
}

/** Without what Node adds under a symbol. */
function named(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers));
}

async function send(
  stream: { readonly closed: boolean; write: (chunk: Buffer) => void; end: () => void },
  messages: readonly Buffer[],
  answered: (sent: number) => Promise<void>,
): Promise<void> {
  for (const [index, message] of messages.entries()) {
    if (stream.closed) return;
    stream.write(framed(message));
    await answered(index + 1);
  }
  stream.end();
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/**
 * Calls `Stream`, which sends its next message when the one before has come: whoever kept one back would wait for ever.
 *
 * @param next makes the calls between the messages, where they differ from that one
 */
export function callStream(
  make: (asked: Pick<Call, "method" | "came">) => Promise<Called>,
  next: typeof make = make,
): Promise<Called> {
  return make({
    method: "/acme.v1.Echo/Stream",
    came: (messages) => {
      if (messages > 1) void next({ method: "/acme.v1.Echo/Next" });
    },
  });
}
