import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { Failure } from "../cli/shared/failure";
import { withReplicas } from "../cli/verify/replicas";
import { checkout } from "../dev/checkout";
import { runStack, type StackCommand } from "../dev/plugins/stackRun";
import { gatewayUp, type Conditions, type Gateway } from "./gateway";
import { withServiceFiles } from "./serviceFiles";

const COUNT = 1000;
const POLL_MS = 20;
const LONGEST_SECONDS = 120;
/**
 * A folder as the backend writes the whole state after each object: of 1,000 services' 5,100 objects it had
 * made some 700 after 20 minutes. Pulumi Cloud only gets what has changed.
 * @see https://github.com/pulumi/pulumi/issues/10668
 */
const stateOnceAtTheEnd = { PULUMI_SKIP_CHECKPOINTS: "true" };
/** The status of a host that no rule has. */
const UNKNOWN = 404;

/** The cost of a stack of 1,000 services in files for its owner, with the real engine, on a cluster. */
export interface ManyServices {
  readonly services: number;
  /** Of a stack that has none of them yet. */
  readonly previewSeconds: number;
  readonly upSeconds: number;
  /** From the end of `up` until every replica of the proxy knows each of them. */
  readonly liveSeconds: number;
  readonly unchangedPreviewSeconds: number;
}

/** Measured once: afterwards the stack has them all. */
export async function manyServices(conditions: Conditions): Promise<ManyServices> {
  const { progress } = conditions;
  const gateway = await gatewayUp(conditions);
  return withServiceFiles(COUNT, async (folder) => {
    // The dev stack's own service stays: its upstream answers the sign-in.
    await copyFile(join(checkout, "dev/services/vmagent.yaml"), join(folder, "vmagent.yaml"));
    const overlay = {
      ...(await gateway.devStack.overlay()),
      "portcullis:serviceFiles": { value: folder },
    };
    const timed = (command: StackCommand, title: string) =>
      progress.phase(`${COUNT} services: ${title}`, async () => {
        const { seconds } = await runStack({
          ...{ command, stack: "dev", cluster: gateway.cluster, overlay },
          environment: stateOnceAtTheEnd,
        });
        progress.note(`${title}: ${seconds.toFixed(1)} s`);
        return seconds;
      });
    return {
      services: COUNT,
      previewSeconds: await timed("preview", "preview"),
      upSeconds: await timed("up", "up"),
      liveSeconds: await progress.phase(`${COUNT} services: live`, () => secondsUntilLive(gateway)),
      unchangedPreviewSeconds: await timed("preview", "preview with nothing to change"),
    };
  });
}

/** A service is known once it answers differently from an unknown host; nothing is behind it. */
async function secondsUntilLive({ cluster, target, cookie }: Gateway): Promise<number> {
  const started = performance.now();
  await withReplicas(cluster, target.namespace, async (urls) => {
    for (const url of urls) {
      const pool = new Pool(url, { connections: 1 });
      for (let index = 0; index < COUNT; index += 1) {
        const headers = { host: `service-${index}.${cluster.instance.domain}`, cookie, accept: "text/html" };
        for (;;) {
          const { statusCode, body } = await pool.request({ path: "/", method: "GET", headers });
          await body.dump();
          if (statusCode !== UNKNOWN) break;
          if (performance.now() - started > LONGEST_SECONDS * 1000)
            throw new Failure(`${headers.host} is never known to ${url}.`);
          await sleep(POLL_MS);
        }
      }
      await pool.destroy();
    }
  });
  return (performance.now() - started) / 1000;
}
