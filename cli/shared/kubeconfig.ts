import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Cluster } from "./cluster";
import { Failure } from "./failure";

const kubeconfigSchema = z.object({
  "current-context": z.string().min(1),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: z.object({ server: z.string() }) })),
});

/**
 * The cluster of a kubeconfig that a person named, after showing which one it is.
 *
 * @throws {Failure} when the file cannot be read or the person says no.
 */
export async function namedCluster(path: string, { yes }: { yes: boolean }): Promise<Cluster> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new Failure(`The kubeconfig ${path} cannot be read.`);
  });
  const { context, server } = currentContext(text, path);
  process.stderr.write(`${path}: context ${context}, server ${server}\n`);
  if (!yes && !(await confirmed()))
    throw new Failure("Nothing was changed. Pass --yes to use this cluster unasked.");
  return { kubeconfig: resolve(path), kubectl: ["kubectl"] };
}

/** The context that kubectl would use, and the server behind it. */
export function currentContext(text: string, path: string): { context: string; server: string } {
  const parsed = kubeconfigSchema.safeParse(parse(text));
  if (!parsed.success) throw new Failure(`${path} is not a kubeconfig with a current context.`);
  const context = parsed.data["current-context"];
  const clusterName = parsed.data.contexts.find(({ name }) => name === context)?.context.cluster;
  const server = parsed.data.clusters.find(({ name }) => name === clusterName)?.cluster.server;
  if (server === undefined) throw new Failure(`${path}: context ${context} names no known cluster.`);
  return { context, server };
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question("Use this cluster? [y/N] ");
  ask.close();
  return /^y(es)?$/i.test(answer.trim());
}
