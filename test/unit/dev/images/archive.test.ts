import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chown, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../cli/shared/exec";
import { layerOf, ociArchive, packTree } from "../../../../dev/images/archive";

const image = {
  name: "docker.io/library/example:1.2.3",
  config: { Entrypoint: ["example"], User: "999", ExposedPorts: { "80/tcp": {} }, StopSignal: "SIGINT" },
} as const;

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Record<string, string>;
}

describe("an image's OCI archive", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-archive-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Writes an archive of one small layer whose file has the given age. */
  async function write(into: string, modified: Date): Promise<string> {
    const root = join(folder, into, "root");
    await mkdir(join(root, "etc"), { recursive: true });
    await writeFile(join(root, "etc", "hello"), "hello\n");
    await utimes(join(root, "etc", "hello"), modified, modified);
    if (process.getuid?.() === 0) await chown(join(root, "etc", "hello"), 1234, 1234);
    await packTree(root, join(folder, into, "layer.tar"));
    const layers = [await layerOf(join(folder, into, "layer.tar"))];
    const archive = join(folder, into, "image.tar");
    await ociArchive({ ...image, layers }, join(folder, into, "layout"), archive);
    return archive;
  }

  async function unpack(archive: string) {
    const target = join(folder, "unpacked");
    await mkdir(target);
    await run("tar", ["--extract", "--file", archive, "--directory", target]);
    const json = async <T>(path: string) => JSON.parse(await readFile(join(target, path), "utf8")) as T;
    const blob = ({ digest }: Descriptor) => join("blobs", "sha256", digest.replace("sha256:", ""));
    return { target, json, blob };
  }

  it("is imported under the name that pods use", async () => {
    const { json } = await unpack(await write("a", new Date()));
    const { manifests } = await json<{ manifests: Descriptor[] }>("index.json");
    assert.equal(manifests.length, 1);
    assert.deepEqual(manifests[0]?.annotations, {
      "io.containerd.image.name": image.name,
      "org.opencontainers.image.ref.name": "1.2.3",
    });
  });

  it("holds every blob under its own hash, with its true size and the given configuration", async () => {
    const { target, json, blob } = await unpack(await write("a", new Date()));
    const { manifests } = await json<{ manifests: [Descriptor] }>("index.json");
    const manifest = await json<{ config: Descriptor; layers: [Descriptor] }>(blob(manifests[0]));
    for (const descriptor of [manifests[0], manifest.config, ...manifest.layers]) {
      const bytes = await readFile(join(target, blob(descriptor)));
      assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, descriptor.digest);
      assert.equal(bytes.length, descriptor.size);
    }
    const config = await json<{ config: object; rootfs: { diff_ids: string[] } }>(blob(manifest.config));
    assert.deepEqual(config.config, image.config);
    assert.deepEqual(config.rootfs.diff_ids, [manifest.layers[0].digest]);
  });

  it("has the layer's files, owned by root whatever user packed them", async () => {
    const { target, json, blob } = await unpack(await write("a", new Date()));
    const { manifests } = await json<{ manifests: [Descriptor] }>("index.json");
    const { layers } = await json<{ layers: [Descriptor] }>(blob(manifests[0]));
    const listing = await run("tar", [
      "--list",
      "--verbose",
      "--numeric-owner",
      "--file",
      join(target, blob(layers[0])),
    ]);
    assert.match(listing, / 0\/0 .* \.\/etc\/hello$/m);
  });

  it("is the same, byte for byte, when the same image is built again later", async () => {
    const first = await readFile(await write("a", new Date("2020-01-01")));
    const second = await readFile(await write("b", new Date("2025-01-01")));
    assert.ok(first.equals(second));
  });
});
