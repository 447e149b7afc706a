import { runtime } from "@pulumi/pulumi";
import { ServiceBook } from "../../documents/oathkeeper/serviceRules";
import type { GatewayRef } from "../gatewayRef";
import { isKnown } from "./known";

/** By run of a program: several may share a process. */
const runs = new WeakMap<object, Map<string | GatewayRef, ServiceBook>>();

/** The services that this program has behind a gateway so far. References that say the same are the same gateway. */
export function serviceBookOf(gateway: GatewayRef): ServiceBook {
  const run: object = runtime.getMonitor() ?? runs;
  const books = runs.get(run) ?? new Map<string | GatewayRef, ServiceBook>();
  runs.set(run, books);
  const key = isKnown(gateway) ? JSON.stringify(gateway) : gateway;
  const book = books.get(key) ?? new ServiceBook();
  books.set(key, book);
  return book;
}
