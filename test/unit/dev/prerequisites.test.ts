import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { Failure } from "../../../cli/shared/failure";
import { instance } from "../../../dev/instances";
import { requirePrerequisites } from "../../../dev/node/prerequisites";

describe("the embedded node's prerequisites", () => {
  it("are all named in one report, each with what to do, before anything starts", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const taken = { ...instance("test"), port, network: "127.0.0" };
    const display = {
      phase: () => assert.fail("something was started"),
      note: () => assert.fail("something was said"),
    };
    try {
      await assert.rejects(
        requirePrerequisites(taken, { warm: true, yes: true, progress: display }),
        (error) =>
          error instanceof Failure &&
          error.message.includes(`Port ${String(port)} of 127.0.0.1 is taken`) &&
          error.message.includes("End the program that listens") &&
          error.message.includes("Interface lo already uses the network 127.0.0.0/24."),
      );
    } finally {
      server.close();
    }
  });
});
