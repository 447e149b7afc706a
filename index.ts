import { gateway } from "./stacks/gateway";
import { loadSettings } from "./stacks/settings";

export const { namespace, loginUi, identityServer, replicas, callbackUrls, services } =
  gateway(loadSettings());
