import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type Server, type Socket } from "node:net";
import type { UpstreamOptions } from "../../documents/rules/upstreamOptions";
import { eventually } from "../../cli/shared/eventually";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";

const address = "10.9.9.9";
const ports = { plain: 8091, secure: 8092, deaf: 8093 } as const;
const REQUESTS = 200;
const MOST_CONNECTIONS = 10;
/** More than the buffers of two connections hold. */
const UPLOAD = Buffer.alloc(64_000_000, "a");
/** A path whose request is not read for three seconds. */
const unread = "/unread";
const UNREAD_MS = 3000;
/** Has a certificate from an authority in the image's trust store. */
const publicName = "public.example.test";
const anotherName = "another.example.test";

describe("a connection to an upstream", () => {
  let pod: ProxyPod;
  let deaf: ChildProcess;
  const waiting: Socket[] = [];
  const servers: Server[] = [];
  const answer: RequestListener = (request, response) => {
    const read = () => request.resume().once("end", () => response.end("answered"));
    setTimeout(read, request.url === unread ? UNREAD_MS : 0);
  };
  const plain = createServer(answer);
  let connections = 0;

  before(async () => {
    pod = await ProxyPod.shared();
    const { certificate: cert, key } = pod.certificateOf(publicName);
    const secure = createSecureServer({ cert, key }, answer);
    plain.on("connection", () => (connections += 1));
    for (const [server, port] of [
      [plain, ports.plain],
      [secure, ports.secure],
    ] as const) {
      await once(server.listen(port, address), "listening");
      servers.push(server);
    }
    deaf = await listenWithoutAccepting(ports.deaf);
    for (let one = 0; one < 8; one++) waiting.push(connect(ports.deaf, address).on("error", () => undefined));
    for (const name of [publicName, anotherName]) pod.names.addresses.set(name, address);
    const rulesOf = (name: string, port: number, upstreamOptions: UpstreamOptions = {}) =>
      writtenRules(name, { upstreamOptions }, `http://${address}:${port}`);
    await pod.follow([
      ...rulesOf("patient", ports.plain),
      ...rulesOf("unsent", ports.plain, { timeouts: { send: "1s" } }),
      ...rulesOf("unconnected", ports.deaf, { timeouts: { connect: "1s" } }),
      ...rulesOf("connecting", ports.deaf, { timeouts: { connect: "3s" } }),
      ...rulesOf("usual", ports.deaf),
      ...writtenRules("public", {}, `https://${publicName}:${ports.secure}`),
      ...writtenRules("misnamed", {}, `https://${anotherName}:${ports.secure}`),
    ]);
  });
  after(() => {
    for (const socket of waiting) socket.destroy();
    deaf.kill("SIGKILL");
    for (const server of servers) server.close();
    plain.closeAllConnections();
  });

  const asked = (name: string) => ({ host: `${name}.apps.example.com`, headers: as("alice") });
  /** The status of a response, and the seconds that it took. */
  const timed = async (answered: Promise<{ readonly status: number }>) => {
    const began = Date.now();
    const { status } = await answered;
    return { status, seconds: (Date.now() - began) / 1000 };
  };

  it("is kept and used again: many requests in a row need few", async () => {
    connections = 0;
    for (let one = 0; one < REQUESTS; one++) assert.equal((await pod.ask("/", asked("patient"))).status, 200);
    assert.ok(connections > 0 && connections < MOST_CONNECTIONS, `${connections} connections`);
  });

  it("over https trusts the system's authorities and the host's name where the rule has no TLS options", async () => {
    // Names are resolved once the routes are in force.
    await eventually(async () => {
      const { status, body } = await pod.ask("/", asked("public"));
      assert.deepEqual([status, body], [200, "answered"]);
    });
    await eventually(async () => {
      assert.equal((await pod.ask("/", asked("misnamed"))).status, 502);
      assert.match(pod.log(), new RegExp(`certificate does not match "${anotherName}"`));
    });
  });

  it("times out after the time that the rule sets", async () => {
    const given: string[] = [];
    const upToEnd = async (name: string) => {
      const answer = await timed(pod.ask("/", asked(name)));
      given.push(name);
      return answer;
    };
    const [short, long, usual] = await Promise.all(["unconnected", "connecting", "usual"].map(upToEnd));
    assert.deepEqual([short?.status, long?.status, usual?.status], [504, 504, 504]);
    // The default is five seconds: anything earlier is not the default, and nginx itself is never early.
    assert.deepEqual(given, ["unconnected", "connecting", "usual"]);
    assert.ok(short && short.seconds >= 0.9, `${short?.seconds} s`);
    assert.ok(long && long.seconds >= 2.9, `${long?.seconds} s`);
  });

  it("times out where the upstream reads nothing of a request for the time that the rule sets", async () => {
    const upload = (name: string) => timed(pod.ask(unread, { ...asked(name), method: "POST", body: UPLOAD }));
    const given = await upload("unsent");
    assert.equal(given.status, 504);
    assert.ok(given.seconds >= 0.9, `${given.seconds} s`);
    assert.equal((await upload("patient")).status, 200);
  });
});

/** A server that listens and never accepts, so its connections stay with the kernel, which holds only so many. */
async function listenWithoutAccepting(port: number): Promise<ChildProcess> {
  const script = `
    const server = require("node:net").createServer();
    server.listen({ host: "${address}", port: ${port}, backlog: 1 }, () => {
      require("node:fs").writeSync(1, "listening");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}
