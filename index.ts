import { createGateway } from "./stacks/gateway";
import { createServices } from "./stacks/services";
import { loadSettings } from "./stacks/settings/parse";
import { withPlainStackTraces } from "./stacks/stackTraces";

/** The stack's outputs. */
export = () =>
  withPlainStackTraces(() => {
    const settings = loadSettings();
    return settings.kind === "services" ? createServices(settings) : createGateway(settings);
  });
