import { gateway } from "./stacks/gateway";
import { services } from "./stacks/services";
import { loadSettings } from "./stacks/settings";

/** The stack's outputs. */
export = () => {
  const settings = loadSettings();
  return settings.kind === "services" ? services(settings) : gateway(settings);
};
