// A gRPC server without a schema: of every call it tells, as the first message, what it was sent.
// node server.mjs ADDRESS PORT [CERTIFICATE KEY]
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer, createServer } from "node:http2";

const [address, port, certificate, key] = process.argv.slice(2);
const tls = certificate && { cert: readFileSync(certificate), key: readFileSync(key) };
const server = tls
  ? createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: false })
  : createServer();

/** A message with its five bytes in front. */
function framed(content) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

const turns = new EventEmitter();

/** A text as no other encoding has it, and bytes that are none. */
const trailers = { "grpc-message": "caf%C3%A9 %25", "x-note": "two  words, (1)", "x-raw-bin": "AP/+" };

const methods = {
  /** Every message of the request comes back at once, when all of them are there. */
  Unary: async (stream, tell) => {
    const parts = [];
    for await (const chunk of stream) parts.push(chunk);
    tell({ "grpc-status": "0", ...trailers });
    stream.end(Buffer.concat(parts));
  },
  /** Three messages, each behind the first once `Next` is called, and a status that is not OK. */
  Stream: async (stream, tell) => {
    tell({ "grpc-status": "9", ...trailers });
    for (const content of ["one", "two", "three"]) {
      stream.write(framed(Buffer.from(content)));
      await once(turns, "next");
    }
    stream.end();
  },
  /** Has `Stream` go on. */
  Next: async (stream, tell) => {
    turns.emit("next");
    tell({ "grpc-status": "0" });
    stream.end();
  },
  /** Each message comes back as it comes. */
  Chat: async (stream, tell) => {
    tell({ "grpc-status": "0", ...trailers });
    stream.pipe(stream);
  },
  /** Never answers. */
  Silent: async (stream) => {
    await once(stream, "close");
  },
  /** Ends without a message. */
  Refuse: async (stream) => {
    stream.resume();
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": "5", "grpc-message": "no%20such" },
      { endStream: true },
    );
  },
};

server.on("stream", (stream, headers) => {
  stream.on("error", () => undefined);
  const method = methods[headers[":path"].split("/").pop()];
  if (!method) {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": "12" },
      { endStream: true },
    );
    return;
  }
  const client = tls && stream.session.socket.getPeerCertificate().subject?.CN;
  const tell = (ends) => {
    stream.on("wantTrailers", () => stream.sendTrailers(ends));
    stream.respond(
      { ":status": 200, "content-type": "application/grpc+proto", "x-first": "yes" },
      { waitForTrailers: true },
    );
    stream.write(framed(Buffer.from(JSON.stringify({ headers, ...(client && { client }) }))));
  };
  method(stream, tell).catch(() => stream.destroy());
});

server.listen(Number(port), address, () => console.log("listening"));
