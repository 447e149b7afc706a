import { GatewayRef } from "../components/gatewayRef";
import { ProtectedService } from "../components/protectedService";
import { knownRef } from "../components/protectedService/problems";
import { servicesStackProblems } from "./settings/problems";
import type { TeamSettings } from "./settings/parse";
import { SettingsProblem, stackFile } from "./settings/report";

/** What `pulumi stack output` shows of a team's stack. */
export interface ServicesOutputs {
  /** URL of each protected service. */
  readonly services: Readonly<Record<string, string>>;
}

/** A team's services, behind the gateway of another stack. */
export async function createServices(settings: TeamSettings): Promise<ServicesOutputs> {
  const { stack, output } = settings.gateway;
  const gateway = await GatewayRef.fromStack(stack, output);
  const problems = servicesStackProblems(settings.path, settings, knownRef(gateway));
  if (problems.length > 0) throw new SettingsProblem(stackFile, problems);
  const { namespace } = settings;
  const urls = Object.entries(settings.services).map(([name, service]) => {
    const { url } = new ProtectedService(name, { gateway, ...(namespace && { namespace }), ...service });
    return [name, url] as const;
  });
  return { services: Object.fromEntries(urls) };
}
