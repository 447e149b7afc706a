import { binary, type BinaryName } from "../../node/binaries";
import type { ImageConfig } from "../archive";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import {
  certificates,
  copyCertificates,
  copyInto,
  makeShared,
  nobody,
  nonroot,
  root,
  writeSystemFiles,
} from "../rootfs";

export const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What Ory's distroless images inherit from their base. */
const distroless = {
  User: String(nonroot.id),
  Env: [PATH, "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
  WorkingDir: nonroot.home,
} satisfies ImageConfig;

/**
 * An image of one static program on an empty root: no shell, no package manager, no libc.
 *
 * @param shared whether other images are of the same program
 */
export function staticImage(
  name: string,
  program: BinaryName,
  path: `/${string}`,
  config: ImageConfig,
  shared = false,
): ImageRecipe {
  return {
    name,
    config,
    layers: [
      {
        name: program,
        shared,
        inputs: async () => [await binary(program), await certificates()],
        fill: async (rootfs) => {
          await writeSystemFiles(rootfs, [root, nobody, nonroot]);
          await makeShared(rootfs, nonroot.home);
          await copyCertificates(rootfs);
          await copyInto(rootfs, path, await binary(program), 0o755);
        },
      },
    ],
  };
}

/** The images of the programs that Go builds, with paths, users and arguments as in the real images. */
export const staticImages: readonly ImageRecipe[] = [
  staticImage(names.kratos, "kratos", "/usr/bin/kratos", {
    ...distroless,
    Entrypoint: ["kratos"],
    Cmd: ["serve"],
    ExposedPorts: { "4433/tcp": {}, "4434/tcp": {} },
  }),
  staticImage(names.oathkeeper, "oathkeeper", "/usr/bin/oathkeeper", {
    ...distroless,
    Entrypoint: ["oathkeeper"],
    Cmd: ["oathkeeper"],
    ExposedPorts: { "4455/tcp": {}, "4456/tcp": {} },
  }),
  staticImage(names.oathkeeperMaester, "oathkeeper-maester", "/manager", {
    ...distroless,
    User: `${nonroot.id}:${nonroot.id}`,
    WorkingDir: "/",
    Entrypoint: ["/manager"],
  }),
  staticImage(names.vmagent, "vmagent", "/vmagent-prod", {
    Env: [PATH],
    Entrypoint: ["/vmagent-prod"],
    ExposedPorts: { "8429/tcp": {} },
  }),
  staticImage(names.victoriaMetrics, "victoria-metrics", "/victoria-metrics-prod", {
    Env: [PATH],
    Entrypoint: ["/victoria-metrics-prod"],
    ExposedPorts: { "8428/tcp": {} },
  }),
  // The real image starts through a shell script that lets flags stand alone; without a shell the program itself does.
  staticImage(names.traefik, "traefik", "/usr/local/bin/traefik", {
    Env: [PATH],
    Entrypoint: ["traefik"],
    ExposedPorts: { "80/tcp": {} },
  }),
  staticImage(names.pause, "pause", "/pause", { User: "65535:65535", Env: [PATH], Entrypoint: ["/pause"] }),
];
