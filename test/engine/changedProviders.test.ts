import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { providerItems } from "../../cli/check/providers";
import { checkout } from "../../dev/checkout";
import { checkStack, runStack, type Overlay } from "../../dev/plugins/stackRun";

describe("check of a stack whose login provider has another id", () => {
  let stateFolder: string;

  before(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), "portcullis-changed-providers-"));
  });
  after(() => rm(stateFolder, { recursive: true }));

  /** The stack without a cluster: the provider writes its objects to files. */
  const stack = (id: string) => {
    const issuerUrl = "https://id.example.com";
    const provider = { id, issuerUrl, clientId: "portcullis", admit: { emailDomains: ["example.com"] } };
    const overlay: Overlay = {
      "portcullis:loginProviders": { value: [provider] },
      [`portcullis:clientSecret.${id}`]: { value: "hunter2", secret: true },
    };
    return { stack: "dev", program: join(checkout, "index.ts"), cluster: { stateFolder }, overlay };
  };

  it("warns of a provider that is in the engine's state and not in its plan", async () => {
    await runStack({ command: "up", ...stack("former") });
    const same = await checkStack(stack("former"));
    assert.deepEqual([same.errors, providerItems(same.planned)], [[], []]);
    const renamed = await checkStack(stack("renamed"));
    assert.deepEqual(renamed.errors, []);
    const [item, ...others] = providerItems(renamed.planned);
    assert.equal(item?.level, "warning");
    assert.match(
      item.message,
      /^The update removes the login provider former: .*sessions relink --from former --to ID/,
    );
    assert.deepEqual(others, []);
  });
});
