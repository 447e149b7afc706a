import { createECDH, createHash } from "node:crypto";
import { found, type Problem } from "../shared/problem";
import type { SecretVersions } from "../shared/secretVersions";

/** What tells the upstream who asks: only the identity headers, or also a token that proves them. */
export const identityForms = ["headers", "signedJwt"] as const;
/** One of {@link identityForms}. */
export type IdentityForm = (typeof identityForms)[number];

/** Where the proxy reads the key that it signs with, and where everybody finds the public ones. */
export const signingKeyFile = "signing.jwks.json";
export const publishedKeysFile = "published.jwks.json";
export const publishedKeysPath = "/jwks.json";

/** How long a token is valid; the proxy hands the same one out again until a tenth of that is left. */
export const tokenLife = "5m";

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

/** The number of points of P-256: private keys are the numbers from 1 up to it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const bytes = 32;

/**
 * Makes a key pair of each secret, always the same of the same one, so that a key needs no more state than its secret.
 * The current one signs. All are published, so that the tokens of former ones stay valid, and the next one before it signs:
 * whoever checks tokens keeps keys for a while, and while pods are replaced those of before answer for them too.
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
  // Twice as many bits as the order has, so that no key is likelier than another.
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

/** Refuses public paths beside a signed identity: everybody would get a token there that is valid everywhere else. */
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
