import type { Cluster } from "../shared/cluster";
import { admissionExpectations } from "./admissionPolicies";
import { anonymousExpectations } from "./anonymous";
import { withBrowsers, type Browser } from "./browser";
import { isolationExpectations, withProbe, type Probe } from "./isolation";
import { signInExpectations } from "./signedIn";
import { examine, type Expectation, type Finding } from "./table";
import type { Target } from "./target";

export interface ProofOptions {
  /** @default nothing is looked at from inside */
  readonly cluster?: Cluster | undefined;
  /** Login provider to sign in through, which must be the stub issuer. @default nobody signs in */
  readonly provider?: string | undefined;
  /** Ends of host names that are reached on this machine. @default none */
  readonly localNames?: readonly string[];
  /** What else is expected, at the end. @default nothing */
  readonly further?: (browser: () => Browser) => Expectation[];
  /** Told each finding as soon as it is known. */
  readonly show: (finding: Finding) => void;
}

/** Looks at everything that can be seen of a gateway. */
export function prove(
  target: Target,
  { cluster, provider, localNames = [], further = () => [], show }: ProofOptions,
): Promise<Finding[]> {
  return withBrowsers(localNames, (browser) => {
    const look = (probe?: Probe) =>
      examine(
        [
          ...anonymousExpectations(target, browser),
          ...(provider === undefined ? [] : signInExpectations(target, provider, browser)),
          ...(probe ? isolationExpectations(probe) : []),
          ...(probe && cluster ? admissionExpectations(cluster, probe, target) : []),
          ...further(browser),
        ],
        show,
      );
    return cluster ? withProbe(cluster, target.namespace, look) : look();
  });
}
