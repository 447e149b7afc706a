import assert from "node:assert/strict";
import { globSync, statSync } from "node:fs";
import { imageNames } from "../../dev/images";
import { TestNamespace } from "./namespace";

/** Where the plugins for pods' networks keep on this machine which addresses are given out. */
const LEASES = "/var/lib/cni/networks";

describe("the tests' cluster", () => {
  const namespace = new TestNamespace("engine-leftovers");

  before(() => namespace.create());
  after(() => namespace.remove());

  it("gives addresses to pods without a note of it on this machine, which would outlive the cluster", async () => {
    const started = Date.now();
    await namespace.kubectl(
      "run",
      "sleeper",
      `--image=${imageNames.busybox}`,
      "--command",
      "--",
      "sleep",
      "60",
    );
    await namespace.kubectl("wait", "--for=condition=Ready", "pod/sleeper", "--timeout=60s");
    const address = await namespace.kubectl("get", "pod", "sleeper", "--output=jsonpath={.status.podIP}");
    assert.match(address, /^[\d.]+$/);
    // The plugins call a note by its address; one of before is another cluster's.
    const noted = globSync(`${LEASES}/*/${address}`).filter((file) => statSync(file).mtimeMs >= started);
    assert.deepEqual(noted, []);
  });
});
