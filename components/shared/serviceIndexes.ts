import { ServiceIndex } from "../../documents/oathkeeper/serviceRules";
import type { GatewayRef } from "../gatewayRef";
import { isKnown } from "./known";
import { ofRun } from "./runs";

type Indexes = Map<string | GatewayRef, ServiceIndex>;

const indexesOfRun = ofRun((): Indexes => new Map());

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

/** The same for the same fields in any order: what comes from the engine has lost its own. */
function textOf(gateway: GatewayRef): string {
  return JSON.stringify(gateway, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
