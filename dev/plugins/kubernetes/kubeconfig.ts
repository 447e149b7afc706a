import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import {
  isProperties,
  listAt,
  propertiesAt,
  textAt,
  at,
  type Properties,
  type Value,
} from "../protocol/values";

/** How to reach an API server, and as whom. */
export interface Access {
  readonly server: URL;
  /** PEM; absent where the server's certificate comes from a public authority. */
  readonly authority?: Buffer;
  readonly insecure: boolean;
  readonly token?: string;
  readonly clientCertificate?: { readonly certificate: Buffer; readonly key: Buffer };
}

/**
 * Reads a kubeconfig.
 *
 * @param given path of a kubeconfig, or its text
 * @param contextName @default the kubeconfig's current context
 * @throws {Error} that says what is missing
 */
export function readKubeconfig(given: string, contextName?: string): Access {
  const isText = /[\n{]/.test(given);
  const origin = isText ? "the kubeconfig" : `the kubeconfig ${given}`;
  // Relative paths inside a kubeconfig start at its folder.
  const folder = isText ? process.cwd() : dirname(resolve(given));
  const config = parse(isText ? given : readFileSync(given, "utf8")) as Value;
  if (!isProperties(config)) throw new Error(`${origin} is not a mapping`);

  const current = contextName ?? textAt(config, "current-context");
  if (current === undefined || current === "") throw new Error(`${origin} has no current-context`);
  const context = entry(config, "contexts", "context", current, origin);
  const cluster = entry(config, "clusters", "cluster", textAt(context, "cluster") ?? "", origin);
  const user = entry(config, "users", "user", textAt(context, "user") ?? "", origin);

  const server = textAt(cluster, "server");
  if (server === undefined) throw new Error(`${origin} names no server for the context ${current}`);
  if ("exec" in user) {
    throw new Error(`${origin} gets its credentials from a program (exec), which the stand-in does not run`);
  }
  const authority = bytes(cluster, "certificate-authority", folder);
  const certificate = bytes(user, "client-certificate", folder);
  const key = bytes(user, "client-key", folder);
  const token = textAt(user, "token") ?? tokenFile(user, folder);
  return {
    server: new URL(server),
    insecure: at(cluster, "insecure-skip-tls-verify") === true,
    ...(authority && { authority }),
    ...(token !== undefined && { token }),
    ...(certificate && key && { clientCertificate: { certificate, key } }),
  };
}

function entry(config: Properties, list: string, field: string, name: string, origin: string): Properties {
  const found = listAt(config, list).find((item) => textAt(item, "name") === name);
  if (!found) throw new Error(`${origin} has no entry ${JSON.stringify(name)} in ${list}`);
  return propertiesAt(found, field);
}

function bytes(from: Properties, field: string, folder: string): Buffer | undefined {
  const data = textAt(from, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, "base64");
  const path = textAt(from, field);
  return path === undefined ? undefined : readFileSync(resolve(folder, path));
}

function tokenFile(user: Properties, folder: string): string | undefined {
  const path = textAt(user, "tokenFile");
  return path === undefined ? undefined : readFileSync(resolve(folder, path), "utf8").trim();
}
