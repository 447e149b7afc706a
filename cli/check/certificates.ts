import { z } from "zod";
import { isWildcard } from "../../documents/oathkeeper/hosts";
import { connect, refusalOf, type Cluster } from "../shared/cluster";
import type { PlannedResource } from "./preview";
import type { Item } from "./report";

/** An issuer of cert-manager, as an Ingress names it. */
export interface IssuerName {
  readonly name: string;
  /** Undefined for a ClusterIssuer. */
  readonly namespace?: string;
}

/** Reads an issuer from the cluster. */
export type ReadIssuer = (issuer: IssuerName) => Promise<unknown>;

const SOURCE = "certificates";
const API = { group: "cert-manager.io", version: "v1" } as const;

const ingress = z.object({
  metadata: z.object({
    namespace: z.string().optional(),
    annotations: z.object({
      "cert-manager.io/cluster-issuer": z.string().optional(),
      "cert-manager.io/issuer": z.string().optional(),
    }),
  }),
  spec: z.object({ tls: z.array(z.object({ hosts: z.array(z.string()) })) }),
});
const strings = z.array(z.string()).default([]);
const acmeIssuer = z.object({
  spec: z.object({
    acme: z.object({
      solvers: z.array(
        z.object({
          dns01: z.unknown().optional(),
          selector: z.object({ dnsNames: strings, dnsZones: strings }).optional(),
        }),
      ),
    }),
  }),
});

/**
 * Warns of wildcards for which an issuer gets no certificate: an ACME server accepts only DNS-01 for them. An issuer that
 * cannot be read gives a note.
 * @see https://letsencrypt.org/docs/challenge-types/
 */
export async function certificateItems(
  planned: readonly PlannedResource[],
  read: ReadIssuer,
): Promise<Item[]> {
  const wanted = planned.filter(({ isRemoved, type }) => !isRemoved && type.endsWith(":Ingress"));
  return (await Promise.all(wanted.map(({ inputs }) => itemsOf(inputs, read)))).flat();
}

async function itemsOf(inputs: unknown, read: ReadIssuer): Promise<Item[]> {
  const { data } = ingress.safeParse(inputs);
  const wildcards = data?.spec.tls.flatMap(({ hosts }) => hosts.filter(isWildcard)) ?? [];
  const issuer = data && issuerOf(data);
  if (!issuer || wildcards.length === 0) return [];
  const called = `the ${issuer.namespace === undefined ? "ClusterIssuer" : "Issuer"} ${issuer.name}`;
  try {
    const acme = acmeIssuer.safeParse(await read(issuer)).data?.spec.acme;
    return wildcards
      .filter((host) => acme && !acme.solvers.some((solver) => proves(solver, host)))
      .map((host) => ({
        level: "warning",
        source: SOURCE,
        message: `${called} has no DNS-01 solver for ${host}, and no other solver can prove a wildcard: there will be no certificate. Add one, or leave out route.wildcard.`,
      }));
  } catch (error) {
    const message = `${called} was not looked at for ${wildcards.join(", ")}: ${refusalOf(error).message}`;
    return [{ level: "note", source: SOURCE, message }];
  }
}

function issuerOf({ metadata }: z.infer<typeof ingress>): IssuerName | undefined {
  const { annotations, namespace = "default" } = metadata;
  const { "cert-manager.io/cluster-issuer": cluster, "cert-manager.io/issuer": own } = annotations;
  if (cluster !== undefined) return { name: cluster };
  return own === undefined ? undefined : { name: own, namespace };
}

type Solver = z.infer<typeof acmeIssuer>["spec"]["acme"]["solvers"][number];

/** A solver without names and zones is for every host. */
function proves({ dns01, selector }: Solver, host: string): boolean {
  if (dns01 === undefined) return false;
  const { dnsNames, dnsZones } = selector ?? { dnsNames: [], dnsZones: [] };
  if (dnsNames.length + dnsZones.length === 0) return true;
  return dnsNames.includes(host) || dnsZones.some((zone) => host.endsWith(`.${zone}`));
}

/** Reads issuers from a cluster. */
export function issuersOn(cluster: Cluster): ReadIssuer {
  return async ({ name, namespace }) => {
    const { custom } = await connect(cluster);
    if (namespace === undefined)
      return (await custom.getClusterCustomObject({ ...API, plural: "clusterissuers", name })) as unknown;
    const wanted = { ...API, plural: "issuers", namespace, name };
    return (await custom.getNamespacedCustomObject(wanted)) as unknown;
  };
}
