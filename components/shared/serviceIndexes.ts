import { runtime } from "@pulumi/pulumi";
import { ServiceIndex } from "../../documents/oathkeeper/serviceRules";
import type { GatewayRef } from "../gatewayRef";
import { isKnown } from "./known";

/** By run of a program: several may share a process. */
const runs = new WeakMap<object, Map<string | GatewayRef, ServiceIndex>>();

/** The services that this program has behind a gateway so far. References that say the same are the same gateway. */
export function serviceIndexOf(gateway: GatewayRef): ServiceIndex {
  const run: object = runtime.getMonitor() ?? runs;
  const indexes = runs.get(run) ?? new Map<string | GatewayRef, ServiceIndex>();
  runs.set(run, indexes);
  const key = isKnown(gateway) ? JSON.stringify(gateway) : gateway;
  const index = indexes.get(key) ?? new ServiceIndex();
  indexes.set(key, index);
  return index;
}
