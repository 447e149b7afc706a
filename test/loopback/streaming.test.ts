import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { eventually } from "../../cli/shared/eventually";
import { nginxPorts } from "../../documents/rules/ports";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";

const address = { host: "10.9.9.9", port: 8090 };
const upstream = `http://${address.host}:${address.port}`;
const UPLOAD = 4_000_000;
/** Fits into nginx' memory where it buffers, but not where it does not. */
const ANSWER = 544 * 1024;
const CHUNK = 16 * 1024;
/** The most that each side of a connection of this network buffers, so that the rest is nginx'. */
const socketBuffers = { tcp_rmem: "4096 16384 32768", tcp_wmem: "4096 16384 32768" };

describe("the body of a request or of an answer", () => {
  const usualBuffers = bufferSizes();
  let pod: ProxyPod;
  /** Bytes of the last upload that have arrived so far. */
  let received = 0;
  /** Bytes of the last response by each rule that have been taken from the upstream so far. */
  const taken = { unbuffered: 0, buffered: 0 };
  const server = createServer((incoming, response) => {
    if (incoming.url === "/unbuffered" || incoming.url === "/buffered")
      void sendLarge(response, incoming.url === "/buffered" ? "buffered" : "unbuffered");
    else receive(incoming, response);
  });

  before(async () => {
    pod = await ProxyPod.shared();
    bufferSizes(socketBuffers);
    await once(server.listen(address.port, address.host), "listening");
    await pod.follow([
      ...writtenRules("unbuffered", {}, upstream),
      ...writtenRules("buffered", { upstreamOptions: { buffering: true } }, upstream),
    ]);
  });
  after(() => {
    bufferSizes(usualBuffers);
    server.close();
    server.closeAllConnections();
  });

  function receive(incoming: IncomingMessage, response: ServerResponse): void {
    received = 0;
    const hash = createHash("sha256");
    incoming.on("data", (part: Buffer) => {
      received += part.length;
      hash.update(part);
    });
    incoming.once("end", () => {
      const answer = hash.digest("hex");
      response.setHeader("content-length", answer.length);
      response.setHeader("x-method", incoming.method ?? "");
      response.setHeader("x-transfer-encoding", incoming.headers["transfer-encoding"] ?? "");
      response.end(answer);
    });
  }

  async function sendLarge(response: ServerResponse, name: keyof typeof taken): Promise<void> {
    taken[name] = 0;
    response.setHeader("content-length", ANSWER);
    for (let sent = 0; sent < ANSWER && !response.destroyed; sent += CHUNK) {
      await new Promise((resolve) => response.write(Buffer.alloc(CHUNK, "a"), resolve));
      taken[name] += CHUNK;
    }
    response.end();
  }

  function asked(name: string, path: string, method = "GET") {
    return request({
      ...{ host: "127.0.0.1", port: nginxPorts.proxy, path, method, agent: false },
      headers: { host: `${name}.apps.example.com`, "x-forwarded-proto": "https", ...as("alice") },
    });
  }

  /** A large response of which nothing is read yet. */
  async function answerOf(name: keyof typeof taken): Promise<IncomingMessage> {
    const sent = asked(name, `/${name}`);
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response.pause();
  }

  it("is missing in the answer to HEAD, which reaches the upstream as HEAD", async () => {
    const sent = `HTTP/1.1\r\nHost: unbuffered.apps.example.com\r\nX-Forwarded-Proto: https\r\nCookie: ${as("alice").cookie}\r\n\r\n`;
    // A body would come before the next response of the connection.
    const answer = await pod.send(`HEAD /a?b=c ${sent}GET /next ${sent}`, /x-method: GET/i);
    const [head = "", next] = answer.split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 200/);
    assert.match(head, /^x-method: HEAD$/im);
    assert.match(head, /^content-length: 64$/im);
    assert.match(next ?? "", /^HTTP\/1\.1 200/);
  });

  it("is streamed to the upstream: half of an upload is there before the other half is sent", async () => {
    const body = randomBytes(UPLOAD);
    const sent = asked("unbuffered", "/", "POST");
    const answered = once(sent, "response");
    sent.write(body.subarray(0, UPLOAD / 2));
    await eventually(() => {
      assert.equal(received, UPLOAD / 2);
      return Promise.resolve();
    });
    sent.end(body.subarray(UPLOAD / 2));
    const [response] = (await answered) as [IncomingMessage];
    assert.equal(response.headers["x-transfer-encoding"], "chunked");
    assert.equal(await textOf(response), createHash("sha256").update(body).digest("hex"));
  });

  it("is read as fast as a slow client takes it, unless the rule buffers: then the upstream is done early", async () => {
    const held = await answerOf("unbuffered");
    // Begun later: by the time nginx has taken all of it, it would have taken all of the other too.
    for (let time = 0; time < 3; time++) {
      const buffered = await answerOf("buffered");
      await eventually(() => {
        assert.equal(taken.buffered, ANSWER);
        return Promise.resolve();
      });
      assert.equal((await textOf(buffered)).length, ANSWER);
    }
    assert.ok(taken.unbuffered < ANSWER, `${taken.unbuffered} of ${ANSWER} bytes were taken`);
    assert.equal((await textOf(held)).length, ANSWER);
    assert.equal(taken.unbuffered, ANSWER);
  });
});

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response.setEncoding("latin1")) text += String(part);
  return text;
}

/** Sizes of the buffers of new connections; sets them if given. */
function bufferSizes(sizes?: typeof socketBuffers): typeof socketBuffers {
  const file = (name: keyof typeof socketBuffers) => `/proc/sys/net/ipv4/${name}`;
  for (const name of ["tcp_rmem", "tcp_wmem"] as const)
    if (sizes !== undefined) writeFileSync(file(name), sizes[name]);
  const read = (name: keyof typeof socketBuffers) => readFileSync(file(name), "utf8").trim();
  return { tcp_rmem: read("tcp_rmem"), tcp_wmem: read("tcp_wmem") };
}
