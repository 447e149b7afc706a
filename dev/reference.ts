import { Failure } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
import { loginUiTexts } from "../documents/loginUi/texts";
import { gatewayParts } from "../components/accessGateway/patches";

/** What needs no sentence: texts, which explain themselves, and parts, which their type describes. */
const withoutSentence = [
  ...Object.keys(loginUiTexts).map((key) => `components.loginUiTexts.__type.${key}`),
  ...gatewayParts.map((part) => `components.GatewayPatches.${part}`),
];

/** Writes the API reference by typedoc.json, and fails if something public has no sentence. */
runMain(async () => {
  const { Application, LogLevel } = await import("typedoc");
  const app = await Application.bootstrapWithPlugins({
    logLevel: LogLevel.Warn,
    intentionallyNotDocumented: withoutSentence,
  });
  const project = await app.convert();
  if (!project) throw new Failure("typedoc cannot read the library.");
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Failure("The reference has gaps.");
  await app.generateOutputs(project);
});
