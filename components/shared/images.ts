import type { Partly } from "../../documents/shared/partly";
import { ofKnown, type Problem } from "../../documents/shared/problem";
import type { Release } from "../../documents/shared/release";
import { imageProblems } from "./imageReference";

/** The name under which an image can be replaced. */
export type ImageName =
  | "postgres"
  | "vmagent"
  | "victoriaMetrics"
  | "kratos"
  | "oathkeeper"
  | "oathkeeperMaester"
  | "loginUi"
  | "node"
  | "nginx"
  | "busybox";

/** Images that do not belong to a release set of Ory. */
const common = {
  node: "docker.io/library/node:24.21.0-bookworm-slim",
  postgres: "docker.io/library/postgres:17.10",
  vmagent: "docker.io/victoriametrics/vmagent:v1.148.0",
  victoriaMetrics: "docker.io/victoriametrics/victoria-metrics:v1.148.0",
} as const;

const table = {
  "v26.2": {
    ...common,
    kratos: "docker.io/oryd/kratos:v26.2.0",
    oathkeeper: "docker.io/oryd/oathkeeper:v26.2.0",
    oathkeeperMaester: "docker.io/oryd/oathkeeper-maester:v0.1.13",
    loginUi: "docker.io/oryd/kratos-selfservice-ui-node:v26.2.0",
    nginx: "docker.io/nginxinc/nginx-unprivileged:1.30.6",
    busybox: "docker.io/library/busybox:1.37.0",
  },
  "v1.3": {
    ...common,
    kratos: "docker.io/oryd/kratos:v1.3.1-distroless",
    oathkeeper: "docker.io/oryd/oathkeeper:v0.40.9-distroless",
    oathkeeperMaester: "docker.io/oryd/oathkeeper-maester:v0.1.13",
    loginUi: "docker.io/oryd/kratos-selfservice-ui-node:v1.3.1",
    nginx: "docker.io/nginxinc/nginx-unprivileged:1.30.6",
    busybox: "docker.io/library/busybox:1.35.0",
  },
} as const satisfies Record<Release, Record<ImageName, string>>;

/** Every image's name. */
export const imageNames = Object.keys(table["v26.2"]) as ImageName[];

/** Where images come from. */
export interface ImageArgs {
  /**
   * A mirror in front of the public registries: `docker.io/oryd/kratos:…` is pulled as `<registry>/oryd/kratos:…`.
   * @default the public registries
   */
  readonly registry?: string;
  /**
   * Names of Secrets in the gateway's namespace that hold registry credentials.
   * @default none
   */
  readonly pullSecrets?: readonly string[];
  /**
   * Full references that replace individual images; the registry above does not apply to them.
   * @default none
   */
  readonly override?: Readonly<Partial<Record<ImageName, string>>>;
}

/** Every image of one gateway, resolved. */
export interface Images {
  /** The release set that the documents are written for. */
  readonly release: Release;
  /** Full reference of each image, by its name. */
  readonly references: Readonly<Record<ImageName, string>>;
  /** Names of Secrets in the gateway's namespace that hold registry credentials. */
  readonly pullSecrets: readonly string[];
}

/** Checks the references that replace single images. */
export function overrideProblems(path: string, { override = {} }: Partly<ImageArgs>): Problem[] {
  return Object.entries(override).flatMap(([name, reference]) =>
    ofKnown(reference, (known) => imageProblems(`${path}.override.${name}`, known)),
  );
}

/** Looks up the images of a release set. */
export function resolveImages(release: Release, args: ImageArgs = {}): Images {
  const mirrored = (reference: string) =>
    args.registry === undefined ? reference : reference.replace(/^[^/]+/, args.registry);
  const references = Object.fromEntries(
    imageNames.map((name) => [name, args.override?.[name] ?? mirrored(table[release][name])]),
  ) as Record<ImageName, string>;
  return { release, references, pullSecrets: args.pullSecrets ?? [] };
}
