import { z } from "zod";
import { connect, isNotFound, refusalOf, type Cluster } from "../shared/cluster";
import { UNKNOWN } from "../shared/pulumi";
import type { PlannedResource } from "./preview";
import type { Item } from "./report";

/** Whether a cluster has a namespace. */
export type HasNamespace = (name: string) => Promise<boolean>;

const SOURCE = "namespaces";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const object = z.object({
  metadata: z.object({ name: z.string().optional(), namespace: z.string().optional() }),
});

/**
 * Refuses to remove a namespace while its gateway stays: Kubernetes would delete everything in it. Warns of a namespace
 * that a stack has objects for, and that neither the stack nor anybody else has created. If the cluster cannot be reached,
 * it gives a note.
 */
export async function namespaceItems(
  planned: readonly PlannedResource[],
  has: HasNamespace,
): Promise<Item[]> {
  const stays = planned.filter(({ isRemoved, type }) => !isRemoved && type.startsWith("kubernetes:"));
  const made = new Set(stays.filter(isNamespace).map(({ inputs }) => metadataOf(inputs).name));
  const wanted = new Set(stays.flatMap(({ inputs }) => metadataOf(inputs).namespace ?? []));
  const asked = [...wanted].filter((name) => name !== UNKNOWN && !made.has(name));
  return [...goneItems(planned), ...(await missingItems(asked, has))];
}

function goneItems(planned: readonly PlannedResource[]): Item[] {
  const stays = planned.filter(({ isRemoved }) => !isRemoved);
  const gone = planned.filter(
    (one) =>
      one.isRemoved &&
      isNamespace(one) &&
      one.urn.includes(`:AccessGateway$${NAMESPACE}::`) &&
      !stays.some(({ urn }) => urn === one.urn),
  );
  if (!stays.some(({ type }) => type.endsWith(":AccessGateway"))) return [];
  return gone.map(({ former }) => ({
    level: "error",
    source: SOURCE,
    message: `create: this stack has made the namespace ${metadataOf(former).name ?? ""}, which would be deleted, and with it everything in it. Leave create out.`,
  }));
}

async function missingItems(names: readonly string[], has: HasNamespace): Promise<Item[]> {
  try {
    const there = await Promise.all(names.map(has));
    return names
      .filter((_, index) => !there[index])
      .map((name) => ({
        level: "warning",
        source: SOURCE,
        message: `the cluster has no namespace ${name}: create it before pulumi up, which fails without it.`,
      }));
  } catch (error) {
    return [{ level: "note", source: SOURCE, message: `not looked for: ${refusalOf(error).message}` }];
  }
}

function isNamespace({ type }: PlannedResource): boolean {
  return type === NAMESPACE;
}

function metadataOf(inputs: unknown): z.infer<typeof object>["metadata"] {
  return object.safeParse(inputs).data?.metadata ?? {};
}

/** Looks up namespaces in a cluster. */
export function namespacesOn(cluster: Cluster): HasNamespace {
  return async (name) => {
    const { core } = await connect(cluster);
    try {
      await core.readNamespace({ name });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  };
}
