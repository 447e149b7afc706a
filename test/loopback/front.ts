import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import { browserEndpoints } from "../../documents/kratos/browserEndpoints";
import { kratosPorts } from "../../documents/kratos/config";
import { effectiveSignInLimits } from "../../documents/kratos/signInLimits";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { healthPath } from "../../documents/nginx/health";
import { errorLogScript } from "../../documents/nginx/errorLog";
import { frontCommand, frontFiles, frontPorts, kratosFrontConfig } from "../../documents/nginx/kratosFront";
import { script } from "../../components/shared/scripts";
import { fillRoot, logOf, runIn, writeIn } from "./root";

const FOLDER = "/etc/front";

interface FrontInput {
  /** The port that Kratos listens on: another test uses that of its pods. */
  readonly kratosPort: number;
  readonly publicUrl: string;
  readonly loginUiUrl: string;
  readonly providerIds: readonly string[];
}

/** The nginx in front of Kratos, while it runs. */
export interface Front {
  /** What nginx and the process that passes its error log on have written so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts the nginx in front of Kratos, with the documents that it is deployed with. */
export async function startFront(input: FrontInput): Promise<Front> {
  const { kratosPort, publicUrl, loginUiUrl, providerIds } = input;
  const root = mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "front-"));
  fillRoot(root);
  const config = kratosFrontConfig({
    ...{ publicUrl, loginUiUrl, branding: {}, metrics: false, folder: FOLDER },
    endpoints: browserEndpoints({ providerIds, secondFactor: true, recovery: true, verification: true }),
    limits: effectiveSignInLimits(),
    sessionCookie: defaultSessionCookie,
  }).replace(`127.0.0.1:${kratosPorts.public}`, `127.0.0.1:${kratosPort}`);
  const files = {
    ...frontFiles(loginUiUrl, {}),
    [errorLogScript]: script(errorLogScript),
    "nginx.conf": config,
  };
  for (const [file, text] of Object.entries(files)) writeIn(root, `${FOLDER}/${file}`, text);
  const front = runIn(root, frontCommand(`${FOLDER}/nginx.conf`));
  await eventually(() => fetch(`http://127.0.0.1:${frontPorts.health}${healthPath}`)).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${logOf(root).slice(-4000)}`);
    },
  );
  return { log: () => logOf(root), stop: () => stopGroup(front) };
}

/** As when a container ends: the shell's loop beside nginx ends too. */
async function stopGroup(front: ChildProcess): Promise<void> {
  if (front.pid === undefined) return;
  process.kill(-front.pid, "SIGTERM");
  if (front.exitCode === null) await once(front, "exit");
}
