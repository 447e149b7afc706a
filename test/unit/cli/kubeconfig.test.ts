import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../cli/shared/cluster";
import { Failure } from "../../../cli/shared/failure";

const kubeconfig = `
current-context: staging
contexts:
  - { name: production, context: { cluster: far, user: me } }
  - { name: staging, context: { cluster: near, user: me } }
clusters:
  - { name: far, cluster: { server: "https://production.example.com" } }
  - { name: near, cluster: { server: "https://staging.example.com" } }
`;

describe("the kubeconfig that a person names", () => {
  let file: string;
  before(async () => {
    file = join(await mkdtemp(join(tmpdir(), "portcullis-kubeconfig-")), "config");
  });
  after(() => rm(file, { recursive: true }));

  async function shown(text: string, context?: string) {
    await writeFile(file, text);
    const { context: current, server } = await connect({ kubeconfig: file, context });
    return { context: current, server };
  }

  it("connects to the context and server that kubectl would use", async () => {
    const server = "https://staging.example.com";
    assert.deepEqual(await shown(kubeconfig), { context: "staging", server });
  });

  it("connects to another of its contexts where the person names one", async () => {
    const server = "https://production.example.com";
    assert.deepEqual(await shown(kubeconfig, "production"), { context: "production", server });
    await assert.rejects(shown(kubeconfig, "nowhere"), /context nowhere names no known cluster/);
  });

  it("is refused without a current context, by its path", async () => {
    const without = kubeconfig.replace("current-context: staging", "");
    await assert.rejects(shown(without), (error) => error instanceof Failure && error.message.includes(file));
  });

  it("is refused when its context names no known cluster", async () => {
    const broken = kubeconfig.replace("cluster: near, user", "cluster: gone, user");
    await assert.rejects(shown(broken), /context staging names no known cluster/);
  });

  it("is refused when it is missing or is no kubeconfig", async () => {
    await assert.rejects(connect({ kubeconfig: `${file}.gone` }), Failure);
    await assert.rejects(shown("{{"), Failure);
  });
});
