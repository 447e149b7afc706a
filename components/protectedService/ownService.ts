import { argument, found, type Problem } from "../../documents/shared/problem";

/** The fields that are read of the program's own Service. In a preview it lacks what the API server will add. */
interface ServiceSpec {
  readonly clusterIP?: string;
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** Whether its name leads to the pods themselves, so that no port is mapped to another one. */
export function isHeadless({ clusterIP }: ServiceSpec): boolean {
  return clusterIP === "None";
}

/** The pods' own port, by number or name, to which a port of a Service leads. */
export function podsPort({ port, targetPort = port }: ServicePort): number | string {
  return targetPort;
}

/** Checks that the port of the pods behind a headless Service is known. */
export function headlessProblems(exposed: ServicePort, spec: ServiceSpec): Problem[] {
  const port = podsPort(exposed);
  if (!isHeadless(spec) || typeof port === "number") return [];
  return [
    {
      path: argument("upstream.service"),
      value: `a headless Service with the targetPort ${found(port)}`,
      reason: "leads to the pods themselves, and the number of their port is not known",
      fix: "Write the number as targetPort of the Service, or give the Service a clusterIP.",
    },
  ];
}

export function noPort(port: number | string, ports: readonly ServicePort[]): Problem {
  return {
    path: argument("upstream.port"),
    value: found(port),
    reason: "is not a port of the upstream's Service",
    fix:
      ports.length === 0
        ? "Give the Service ports, or name the upstream by its url."
        : `Write one that it has: ${ports.map((one) => one.port).join(", ")}.`,
  };
}

export const noSelector: Problem = {
  path: argument("upstream.service"),
  value: "a Service without a selector",
  reason: "names no pods, so a NetworkPolicy would cut off every pod of its namespace",
  fix: 'Name it by namespace, name, port, pods and targetPort; or by its url, with isolation: "none".',
};
