import { runtime } from "@pulumi/pulumi";
import { ServiceIndex } from "../../documents/oathkeeper/serviceRules";
import type { GatewayRef } from "../gatewayRef";
import { isKnown } from "./known";

type Indexes = Map<string | GatewayRef, ServiceIndex>;

/** By run of a program: several may share a process. */
const runs = new WeakMap<object, Indexes>();

/** The services that this program has behind a gateway so far. References that say the same are the same gateway. */
export function serviceIndexOf(gateway: GatewayRef): ServiceIndex {
  const indexes = indexesOfRun();
  const key = isKnown(gateway) ? textOf(gateway) : gateway;
  const index = indexes.get(key) ?? new ServiceIndex();
  indexes.set(key, index);
  return index;
}

/** Tells that a gateway of this run is the one that a reference without outputs names. */
export function nameGateway(gateway: GatewayRef, by: GatewayRef): void {
  indexesOfRun().set(textOf(by), serviceIndexOf(gateway));
}

function indexesOfRun(): Indexes {
  const run = runOf(runtime.getMonitor());
  const indexes: Indexes = runs.get(run) ?? new Map<string | GatewayRef, ServiceIndex>();
  runs.set(run, indexes);
  return indexes;
}

/** What connects to a server may say which. */
interface Connection {
  readonly getChannel?: () => { readonly getTarget: () => string };
}

const runsByAddress = new Map<string, object>();

/** The engine has a monitor a run. A component provider connects to it anew for each component. */
function runOf(monitor: (object & Connection) | undefined): object {
  const address = monitor?.getChannel?.().getTarget();
  if (address === undefined) return monitor ?? runs;
  const run = runsByAddress.get(address) ?? {};
  runsByAddress.set(address, run);
  return run;
}

/** The same for the same fields in any order: what comes from the engine has lost its own. */
function textOf(gateway: GatewayRef): string {
  return JSON.stringify(gateway, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
