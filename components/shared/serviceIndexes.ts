import { ServiceIndex } from "../../documents/oathkeeper/serviceRules";
import type { GatewayRef } from "../gatewayRef";
import { isKnown } from "./known";
import { ofRun } from "./runs";

type Indexes = Map<string | GatewayRef, ServiceIndex>;

const indexesOfRun = ofRun((): Indexes => new Map());

/** The services that this program has behind a gateway so far. References with equal keys are the same gateway. */
export function serviceIndexOf(gateway: GatewayRef): ServiceIndex {
  const indexes = indexesOfRun();
  const key = isKnown(gateway) ? keyOf(gateway) : gateway;
  const index = indexes.get(key) ?? new ServiceIndex();
  indexes.set(key, index);
  return index;
}

/** Records that a gateway of this run is the one that a reference without outputs names. */
export function nameGateway(gateway: GatewayRef, by: GatewayRef): void {
  indexesOfRun().set(keyOf(by), serviceIndexOf(gateway));
}

/** Only of fields that every reference has: an older SDK with types drops the optional ones that it does not know. */
function keyOf({ domain, namespace, proxy, route, tls }: GatewayRef): string {
  const { grpcService: _, ...others } = proxy;
  return textOf({ domain, namespace, proxy: others, route, tls });
}

/** The same text for the same fields in any order: what comes from the engine has lost its order. */
function textOf(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
