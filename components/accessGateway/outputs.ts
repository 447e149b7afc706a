import type { Admission } from "../../documents/kratos/admit";
import type { LoginProvider } from "../oidcClient";
import type { RouteArgs, RouteRef } from "../shared/route";

/** What another program needs of the route: who may connect to the proxy is the gateway's matter. */
export function refRoute({ from, ...route }: RouteArgs): RouteRef {
  return route;
}

export function admissionsOf(providers: readonly LoginProvider[]): Readonly<Record<string, Admission>> {
  return Object.fromEntries(
    providers.map(({ spec: { id, admit, identities, hostedDomain } }) => [
      id,
      { admit, ...(identities && { identities }), ...(hostedDomain !== undefined && { hostedDomain }) },
    ]),
  );
}
