import { gateway } from "./stacks/gateway";
import { services } from "./stacks/services";
import { loadSettings } from "./stacks/settings/parse";
import { withPlainStackTraces } from "./stacks/stackTraces";

/** The stack's outputs. */
export = () =>
  withPlainStackTraces(() => {
    const settings = loadSettings();
    return settings.kind === "services" ? services(settings) : gateway(settings);
  });
