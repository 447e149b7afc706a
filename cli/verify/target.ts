import { z } from "zod";
import { Failure } from "../shared/failure";
import { defaultSessionCookie } from "../../documents/shared/cookies";

/** A running gateway, as its stack's outputs describe it. */
export interface Target {
  /** URL of the login UI. */
  readonly loginUi: string;
  /** URL of the identity server's public API. */
  readonly identityServer: string;
  /** URL of one protected service. */
  readonly service: string;
  /** URL of each protected service, by its name. */
  readonly services: Readonly<Record<string, string>>;
  /** Name of the cookie that carries the session. */
  readonly sessionCookie: string;
  readonly namespace: string;
  /** Pods of the proxy. */
  readonly replicas: number;
}

const outputsSchema = z.object({
  loginUi: z.url(),
  identityServer: z.url(),
  namespace: z.string(),
  replicas: z.int(),
  services: z.record(z.string(), z.url()),
  sessionCookie: z.string().default(defaultSessionCookie),
});

/** @throws {Failure} when these are not the outputs of a gateway that protects a service */
export function targetOf(outputs: Readonly<Record<string, unknown>>): Target {
  const parsed = outputsSchema.safeParse(outputs);
  if (!parsed.success)
    throw new Failure(`These are not the outputs of a gateway: ${z.prettifyError(parsed.error)}`);
  const [service] = Object.values(parsed.data.services);
  if (service === undefined)
    throw new Failure("The gateway protects no service yet, so there is nothing to prove.");
  return { ...parsed.data, service };
}
