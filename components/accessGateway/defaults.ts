import { effectiveSignInLimits, type EffectiveSignInLimits } from "../../documents/kratos/signInLimits";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { defined } from "../../documents/shared/defined";
import type { Patch } from "../shared/patch";
import type { AccessGatewayArgs, SessionArgs } from "./args";
import type { SettledNamespace } from "./namespace";
import { partPatches, type GatewayPart } from "./patches";

/** What a gateway's arguments are where nobody says; the settings' schema and the documentation tell the same. */
export const gatewayDefaults = {
  namespace: "portcullis",
  release: "v26.2",
  replicas: 2,
  database: { kind: "inCluster" },
  session: {
    lifespan: "24h",
    checkCache: "5s",
    onePerUser: false,
    sameSite: "Lax",
    cookieName: defaultSessionCookie,
  },
  leavers: "off",
  secondFactor: "off",
  loginUi: { kind: "portcullis" },
  crd: "create",
  secretsVersion: 1,
  insecureDevMode: false,
  unprotectedHosts: [],
  metricsFrom: [],
} as const;

type Defaulted = Exclude<keyof typeof gatewayDefaults, "namespace" | "session">;

/** A gateway's arguments with every default filled in. */
export type SettledGateway = Omit<
  AccessGatewayArgs,
  Defaulted | "namespace" | "session" | "signInLimits" | "patches"
> &
  Required<Pick<AccessGatewayArgs, Defaulted | "skipLoginPage">> & {
    readonly namespace: SettledNamespace;
    readonly session: Required<SessionArgs>;
    readonly signInLimits: EffectiveSignInLimits;
    readonly patches: Readonly<Partial<Record<GatewayPart, Patch>>>;
  };

/** Decides what was left out. */
export function settled(args: AccessGatewayArgs): SettledGateway {
  const { namespace, session, ...defaults } = gatewayDefaults;
  return {
    ...defaults,
    skipLoginPage: args.loginProviders.length === 1,
    ...defined(args),
    namespace: { name: namespace, create: true, ...defined(args.namespace ?? {}) },
    session: { ...session, ...defined(args.session ?? {}) },
    signInLimits: effectiveSignInLimits(args.signInLimits),
    patches: partPatches(args.patches ?? {}),
  };
}
