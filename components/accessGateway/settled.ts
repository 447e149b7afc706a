import { effectiveSignInLimits, type EffectiveSignInLimits } from "../../documents/kratos/signInLimits";
import { defined } from "../../documents/shared/defined";
import type { Patch } from "../shared/patch";
import type { AccessGatewayArgs, SessionArgs } from "./args";
import { gatewayDefaults } from "./defaults";
import type { SettledNamespace } from "./namespace";
import { partPatches, type GatewayPart } from "./patches";

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

/** Fills in the defaults. */
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
