import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../../cli/shared/exec";

/**
 * The part of an image's configuration that the images of the embedded node use.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<`${number}/tcp`, object>>;
  readonly WorkingDir?: string;
  readonly StopSignal?: NodeJS.Signals;
}

/** One layer as an uncompressed tar file. */
export interface Layer {
  readonly file: string;
  /** `sha256:` and the hexadecimal hash of the file. */
  readonly digest: string;
}

/** An OCI image of this machine's kind before it is written. */
export interface Image {
  /** The full reference that pods name, with registry and tag. */
  readonly name: string;
  /** From the lowest to the topmost. */
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

// Equal contents must give equal archives, whoever builds them and when.
const REPRODUCIBLE = [
  "--sort=name",
  "--mtime=@0",
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--format=posix",
  "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
];

/**
 * Packs the tree below `root` into the tar file `file`, everything in it owned by root.
 *
 * @param followLinks packs what a symbolic link points to in place of the link
 */
export async function packTree(root: string, file: string, followLinks = false): Promise<void> {
  const links = followLinks ? ["--dereference"] : [];
  await run("tar", [...REPRODUCIBLE, ...links, "--directory", root, "--create", "--file", file, "."]);
}

/** The tar file `file` as a layer. */
export async function layerOf(file: string): Promise<Layer> {
  return { file, digest: await digestOf(file) };
}

/**
 * Writes an image as an OCI image layout in one tar file, which `ctr images import` takes under the image's name.
 *
 * @param layout a folder, made here, to assemble the layout in
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function ociArchive(
  { name, layers, config }: Image,
  layout: string,
  archive: string,
): Promise<void> {
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });

  const layerDescriptors = await Promise.all(layers.map((layer) => linkLayer(blobs, layer)));
  const configDescriptor = await writeBlob(blobs, mediaTypes.config, {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = await writeBlob(blobs, mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: layerDescriptors,
  });
  await writeJson(join(layout, "oci-layout"), { imageLayoutVersion: "1.0.0" });
  await writeJson(join(layout, "index.json"), {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      {
        ...manifest,
        annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tagOf(name) },
      },
    ],
  });

  await packTree(layout, archive, true);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

function tagOf(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

async function linkLayer(blobs: string, { file, digest }: Layer): Promise<Descriptor> {
  await symlink(resolve(file), join(blobs, hexOf(digest)));
  return { mediaType: mediaTypes.layer, digest, size: (await stat(file)).size };
}

async function writeBlob(blobs: string, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await writeFile(join(blobs, hexOf(digest)), bytes);
  return { mediaType, digest, size: bytes.length };
}

async function writeJson(file: string, content: object): Promise<void> {
  await writeFile(file, JSON.stringify(content));
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, "");
}
