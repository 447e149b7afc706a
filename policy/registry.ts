import { type PackPolicy } from "./lib/policy";
import { adminServices } from "./policies/adminServices";
import { admitSet } from "./policies/admitSet";
import { availability } from "./policies/availability";
import { containerLimits } from "./policies/containerLimits";
import { containerProbes } from "./policies/containerProbes";
import { databaseTls } from "./policies/databaseTls";
import { iamOauthClient } from "./policies/iamOauthClient";
import { iapOauth } from "./policies/iapOauth";
import { imagePinned } from "./policies/imagePinned";
import { internalUpstreams } from "./policies/internalUpstreams";
import { namespaceOwnsHosts } from "./policies/namespaceOwnsHosts";
import { noDevMode } from "./policies/noDevMode";
import { noPlainSecrets } from "./policies/noPlainSecrets";
import { podSecurity } from "./policies/podSecurity";
import { routesToProxy } from "./policies/routesToProxy";
import { ruleAuthenticators } from "./policies/ruleAuthenticators";
import { ruleMutators } from "./policies/ruleMutators";
import { rulePattern } from "./policies/rulePattern";
import { rulePublicPaths } from "./policies/rulePublicPaths";
import { secureCookies } from "./policies/secureCookies";

/** Combines policies. @throws RangeError if two have the same name: the engine would use the last one. */
export function registry(...policies: readonly PackPolicy[]): readonly PackPolicy[] {
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new RangeError(`two policies are called ${twice}`);
  return policies;
}

/** Every policy of the pack, in the order of the documentation. */
export const policies = registry(
  // Who gets in.
  routesToProxy,
  internalUpstreams,
  rulePattern,
  ruleAuthenticators,
  rulePublicPaths,
  ruleMutators,
  namespaceOwnsHosts,
  admitSet,
  adminServices,
  // What leaks.
  noPlainSecrets,
  noDevMode,
  secureCookies,
  databaseTls,
  // What runs.
  podSecurity,
  imagePinned,
  containerProbes,
  containerLimits,
  availability,
  // What cannot work.
  iapOauth,
  iamOauthClient,
);
