import { RandomPassword } from "@pulumi/random/randomPassword";
import { all, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import type { SecretVersions } from "../../documents/shared/secretVersions";

/**
 * A generated secret of exactly 32 letters and digits: Kratos uses some of its secrets as AES-256 keys, and reads one
 * of only digits as a number. Requiring at least one of each kind prevents that.
 */
export function createGeneratedSecret(name: string, opts: CustomResourceOptions): Output<string> {
  return new RandomPassword(
    name,
    { length: 32, special: false, minLower: 1, minUpper: 1, minNumeric: 1 },
    opts,
  ).result;
}

/** How many former versions of a secret are still read: two rotations within the life of a session sign nobody out. */
const formerVersions = 2;

/**
 * A generated secret, those that it replaced, and the one that replaces it when the version is raised by one: a pod
 * with the previous version can then read what a pod with the new version has made, and the other way round.
 * @throws RangeError when the version is not a whole number of at least 1
 */
export function createRotatingSecret(
  name: string,
  version: number,
  opts: CustomResourceOptions,
): Output<SecretVersions> {
  if (!Number.isInteger(version) || version < 1) throw new RangeError(`${name} has no version ${version}`);
  const former = Array.from({ length: formerVersions }, (_, age) => version - 1 - age).filter(
    (one) => one > 0,
  );
  const make = (one: number) => createGeneratedSecret(`${name}-${one}`, opts);
  return all([make(version), make(version + 1), ...former.map(make)]).apply(
    ([current = "", next = "", ...older]) => ({ current, next, former: older }),
  );
}
