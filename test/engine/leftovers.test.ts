import assert from "node:assert/strict";
import { globSync, statSync } from "node:fs";
import { imageNames } from "../../dev/images";
import { TestNamespace } from "./namespace";

/** Where the plugins for pods' networks record on this machine which addresses are assigned. */
const LEASES = "/var/lib/cni/networks";

describe("the tests' cluster", () => {
  const namespace = new TestNamespace("engine-leftovers");

  before(() => namespace.create());
  after(() => namespace.remove());

  it("leaves no record of a pod's address on this machine, which would outlive the cluster", async () => {
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
    await namespace.kubectl("wait", "--for=condition=Ready", "pod/sleeper", "--timeout=180s");
    const address = await namespace.kubectl("get", "pod", "sleeper", "--output=jsonpath={.status.podIP}");
    assert.match(address, /^[\d.]+$/);
    // The plugins name a record after its address; an earlier one belongs to another cluster.
    const noted = globSync(`${LEASES}/*/${address}`).filter((file) => statSync(file).mtimeMs >= started);
    assert.deepEqual(noted, []);
  });
});
