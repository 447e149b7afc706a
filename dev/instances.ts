import { join } from "node:path";
import { checkout } from "./checkout";
import { Failure } from "../cli/shared/failure";

/** A separate cluster: the demo, the tests and the benchmark run side by side, each with its addresses and state. */
export interface Instance {
  readonly name: InstanceName;
  /** Port of 127.0.0.1 where the ingress controller listens. */
  readonly port: number;
  /** The same for https. */
  readonly tlsPort: number;
  /** The zone of all protected hosts, with the port that browsers use. */
  readonly domain: string;
  /** First three bytes of the network between this machine and the embedded node. */
  readonly network: string;
}

/** `test-2` and `test-3` are further lanes of the tests, and `spare` is for manual experiments beside the others. */
const instanceNames = ["demo", "test", "bench", "spare", "test-2", "test-3"] as const;
export type InstanceName = (typeof instanceNames)[number];

export const DEVELOPMENT_ZONE = "portcullis.localhost";

const ports: Record<InstanceName, Pick<Instance, "port" | "tlsPort">> = {
  demo: { port: 8080, tlsPort: 8443 },
  test: { port: 8081, tlsPort: 8444 },
  bench: { port: 8082, tlsPort: 8445 },
  spare: { port: 8083, tlsPort: 8446 },
  "test-2": { port: 8084, tlsPort: 8447 },
  "test-3": { port: 8085, tlsPort: 8448 },
};

export function instance(name: InstanceName): Instance {
  const { port, tlsPort } = ports[name];
  return {
    name,
    port,
    tlsPort,
    domain: `${DEVELOPMENT_ZONE}:${String(port)}`,
    network: `10.250.${String(instanceNames.indexOf(name) + 1)}`,
  };
}

/** @throws {Failure} for a name that is none of {@link instanceNames}. */
export function parseInstanceName(text: string): InstanceName {
  const name = instanceNames.find((known) => known === text);
  if (!name) throw new Failure(`There is no instance "${text}". Use one of: ${instanceNames.join(", ")}.`);
  return name;
}

/** The checkout's folder for a run's files: kubeconfig, stack files, reports. */
export function workFolder(name: InstanceName): string {
  return join(checkout, ".portcullis", name);
}
