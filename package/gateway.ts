import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { createGateway, type GatewayOutputs } from "../stacks/gateway";
import type { Settings } from "../stacks/settings/secrets";
import { tokens } from "./schema";

/** A gateway for programs in any language, and the services that its arguments name. */
export class Gateway extends ComponentResource {
  readonly outputs: Omit<GatewayOutputs, "services" | "loginUi"> & {
    readonly serviceUrls: GatewayOutputs["services"];
    readonly loginUiUrl: GatewayOutputs["loginUi"];
  };

  constructor(name: string, settings: Settings, opts: ComponentResourceOptions) {
    super(tokens.gateway, name, { domain: settings.domain }, opts);
    const {
      services: serviceUrls,
      loginUi: loginUiUrl,
      ...outputs
    } = createGateway(settings, name, { parent: this });
    this.outputs = { ...outputs, serviceUrls, loginUiUrl };
    this.registerOutputs(this.outputs);
  }
}
