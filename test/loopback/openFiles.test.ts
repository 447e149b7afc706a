import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { nginxPorts } from "../../documents/rules/ports";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

/** What systemd lets a container runtime open, and so a container, before it asks for more. */
const USUAL_FILES = 1024;
/** More than two workers then have. */
const CONNECTIONS = 2 * USUAL_FILES + 100;

describe("the files that a container may open", () => {
  let pod: ProxyPod;
  const idle: Socket[] = [];

  before(async () => {
    pod = await ProxyPod.shared();
    await pod.restart({ files: USUAL_FILES });
  });
  after(async () => {
    for (const socket of idle) socket.destroy();
    await pod.restart();
  });

  it("are as many as nginx needs for its connections", async () => {
    await pod.follow(writtenRules("app", {}, `http://${Upstream.address}`));
    for (let one = 0; one < CONNECTIONS; one++) {
      const socket = connect(nginxPorts.proxy, "127.0.0.1");
      idle.push(socket.on("error", () => undefined));
      await once(socket, "connect");
    }
    const { status } = await pod.ask("/", { host: "app.apps.example.com", headers: as("alice") });
    assert.equal(status, 200);
    assert.doesNotMatch(pod.log(), /Too many open files|exceed open file resource limit/);
  });
});
