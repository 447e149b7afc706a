import { script } from "../../../../components/shared/scripts";
import {
  loginUiFiles,
  loginUiSettings,
  loginUiSettingsFile,
  type LoginUiSettingsInput,
} from "../../../../documents/loginUi/settings";
import { Program } from "../../dev/fixtures/program";

/** The files in the ConfigMap that the pods run. */
const files = Object.fromEntries(loginUiFiles.map((file) => [file, script(`loginUi/${file}`)]));

/** The login UI as its pods run it, on a port of this machine. */
export async function startedUi(told: LoginUiSettingsInput, port: number): Promise<Program> {
  const settings = { ...loginUiSettings(told), port };
  const ui = await Program.startFiles(
    { ...files, [loginUiSettingsFile]: JSON.stringify(settings) },
    "main.mjs",
  );
  await ui.listening();
  return ui;
}
