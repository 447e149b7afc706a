import type { Cluster } from "../shared/cluster";
import { admissionExpectations } from "./admissionPolicies";
import { anonymousExpectations } from "./anonymous";
import { withBrowsers, type Browser } from "./browser";
import { isolationExpectations, withProbe } from "./isolation";
import { signInExpectations } from "./signedIn";
import { examine, type Expectation, type Finding } from "./table";
import type { Target } from "./target";

export interface ProofOptions {
  /** @default nothing is looked at from inside */
  readonly cluster?: Cluster | undefined;
  /** Login provider to sign in through, which must be the stub issuer. @default nobody signs in */
  readonly provider?: string | undefined;
  /** Suffixes of host names that are reached on this machine. @default none */
  readonly localNames?: readonly string[];
  /** Further expectations, checked at the end. @default nothing */
  readonly further?: (browser: () => Browser) => Expectation[];
  /** Gets each finding as soon as it is known. */
  readonly show: (finding: Finding) => void;
}

/**
 * Checks everything that is visible of a gateway: first what needs no right in the cluster.
 *
 * @throws {Failure} when the cluster does not allow what looking from inside needs
 */
export function prove(
  target: Target,
  { cluster, provider, localNames = [], further = () => [], show }: ProofOptions,
): Promise<Finding[]> {
  return withBrowsers(localNames, async (browser) => {
    const outside = [
      ...anonymousExpectations(target, browser),
      ...(provider === undefined ? [] : signInExpectations(target, provider, browser)),
    ];
    const findings = await examine(outside, show);
    if (cluster) findings.push(...(await lookFromInside(cluster, target, show)));
    return [...findings, ...(await examine(further(browser), show))];
  });
}

function lookFromInside(cluster: Cluster, target: Target, show: ProofOptions["show"]): Promise<Finding[]> {
  return withProbe(cluster, target, (probe) =>
    examine([...isolationExpectations(probe), ...admissionExpectations(cluster, probe, target)], show),
  );
}
