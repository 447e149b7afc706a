import { GatewayRef } from "../components/gatewayRef";
import { ProtectedService } from "../components/protectedService";
import type { ServicesSettings } from "./settings/schema";

/** What `pulumi stack output` shows of a team's stack. */
export interface ServicesOutputs {
  /** URL of each protected service. */
  readonly services: Readonly<Record<string, string>>;
}

/** A team's services, behind the gateway of another stack. */
export async function services(settings: ServicesSettings): Promise<ServicesOutputs> {
  const { stack, output } = settings.gateway;
  const gateway = await GatewayRef.fromStack(stack, output);
  const { namespace } = settings;
  const urls = Object.entries(settings.services).map(([name, service]) => {
    const { url } = new ProtectedService(name, { gateway, ...(namespace && { namespace }), ...service });
    return [name, url] as const;
  });
  return { services: Object.fromEntries(urls) };
}
