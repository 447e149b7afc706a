import { createECDH, createHash } from "node:crypto";
import { seconds } from "../shared/duration";
import { found, type Problem } from "../shared/problem";
import type { SecretVersions } from "../shared/secretVersions";

/** How the upstream learns who makes the request: only from the identity headers, or also from a token that proves them. */
export const identityForms = ["headers", "signedJwt"] as const;
/** One of {@link identityForms}. */
export type IdentityForm = (typeof identityForms)[number];

/** Where the proxy reads the key that it signs with, and where the public keys are served. */
export const signingKeyFile = "signing.jwks.json";
export const publishedKeysFile = "published.jwks.json";
export const publishedKeysPath = "/jwks.json";

/** How long a token is valid. */
export const tokenLife = "5m";
/**
 * How long a token that the proxy sends is valid at least, in seconds: Oathkeeper uses one again until a tenth of its life is
 * left.
 */
export const tokenLifeLeft = seconds(tokenLife) / 10;

/** A JSON Web Key of the curve P-256. @see https://www.rfc-editor.org/rfc/rfc7518#section-6.2 */
interface EcKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ES256";
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  /** The private part. */
  readonly d?: string;
}

export interface KeySet {
  readonly keys: readonly EcKey[];
}

/** The order of P-256: private keys are numbers from 1 up to it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const bytes = 32;

/**
 * Derives a key pair from each secret. The same secret always gives the same key, so a key needs no state besides its
 * secret. The current key signs. All keys are published: tokens of former keys stay valid, and the next key is known before
 * it signs. Clients that verify tokens cache keys, and while pods are replaced, the old pods serve keys too.
 */
export function signingKeys({ current, next, former }: SecretVersions): {
  readonly signing: KeySet;
  readonly published: KeySet;
} {
  const pair = keyPair(current);
  return {
    signing: { keys: [pair.private] },
    published: { keys: [pair.published, ...[next, ...former].map((secret) => keyPair(secret).published)] },
  };
}

function keyPair(secret: string): { readonly private: EcKey; readonly published: EcKey } {
  // Twice as many bits as the order has, so that no key is more likely than another.
  const wide = BigInt(`0x${createHash("sha512").update(secret).digest("hex")}`);
  const d = Buffer.from(((wide % (order - 1n)) + 1n).toString(16).padStart(2 * bytes, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const published: EcKey = {
    kty: "EC",
    crv: "P-256",
    alg: "ES256",
    use: "sig",
    kid: createHash("sha256").update(point).digest("base64url").slice(0, 16),
    x: point.subarray(1, 1 + bytes).toString("base64url"),
    y: point.subarray(1 + bytes).toString("base64url"),
  };
  return { private: { ...published, d: d.toString("base64url") }, published };
}

/** Refuses public paths together with a signed identity: anybody would get a token there that is valid everywhere else. */
export function signedIdentityProblems(
  path: string,
  identity: IdentityForm | undefined,
  publicPaths: readonly unknown[] = [],
): Problem[] {
  if (identity !== "signedJwt" || publicPaths.length === 0) return [];
  return [
    {
      path,
      value: found(identity),
      reason: "signs a token for everybody where publicPaths need no session",
      fix: 'Protect the public paths as a service of their own, or leave identity at "headers".',
    },
  ];
}
