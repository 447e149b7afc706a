import { RandomPassword } from "@pulumi/random/randomPassword";
import { all, type CustomResourceOptions, type Output } from "@pulumi/pulumi";

/**
 * A generated secret of exactly 32 letters and digits: Kratos uses some of its secrets as AES-256 keys, and reads one of
 * only digits as a number. At least one of each kind is asked for, so that cannot happen.
 */
export function createGeneratedSecret(name: string, opts: CustomResourceOptions): Output<string> {
  return new RandomPassword(
    name,
    { length: 32, special: false, minLower: 1, minUpper: 1, minNumeric: 1 },
    opts,
  ).result;
}

/** How many former versions of a secret are still read: two rotations within the life of a session sign nobody out. */
const FORMER_VERSIONS = 2;

/**
 * A generated secret with those that it replaced, newest first, joined by a comma. Raising the version by one makes a new
 * secret and keeps the current one for reading, so that a rotation signs nobody out.
 */
export function createRotatingSecret(
  name: string,
  version: number,
  opts: CustomResourceOptions,
): Output<string> {
  if (!Number.isInteger(version) || version < 1) throw new RangeError(`${name} has no version ${version}`);
  const versions = Array.from({ length: FORMER_VERSIONS + 1 }, (_, age) => version - age).filter(
    (one) => one > 0,
  );
  return all(versions.map((one) => createGeneratedSecret(`${name}-${one}`, opts))).apply((secrets) =>
    secrets.join(","),
  );
}

/** What {@link createRotatingSecret} makes of the next version, now. */
export function createNextSecret(name: string, version: number, opts: CustomResourceOptions): Output<string> {
  return createGeneratedSecret(`${name}-${version + 1}`, opts);
}
