import { Failure } from "../../cli/shared/failure";
import type { Target } from "../../cli/verify/target";

/**
 * URL of one of the protected services, without a path.
 *
 * @throws {Failure} when the gateway protects no such service
 */
export function serviceUrl({ services }: Target, name: string): string {
  const url = services[name];
  if (url === undefined) throw new Failure(`The gateway does not protect the service "${name}".`);
  return url;
}
