import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureCluster } from "./cluster";
import { UsageError } from "../cli/shared/failure";
import { parseInstanceName } from "./instances";
import { runStack, stackCommands } from "./plugins/stackRun";
import { plainOverlay, secretOverlay } from "./overlay";
import { runCommand } from "./usage";

const HELP = `usage: stack ${stackCommands.join("|")} --stack NAME [--instance NAME] [--program FILE]
             [--config KEY=VALUE]... [--secret KEY=VARIABLE]... [--yes]

Runs the Pulumi engine on a stack, on this machine's cluster. No checked-in file is changed.
  --program FILE         main file of another program, beside its Pulumi.yaml
  --config KEY=VALUE     on top of the stack's own configuration; VALUE is YAML
  --secret KEY=VARIABLE  a secret, from an environment variable`;

runCommand(HELP, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      instance: { type: "string", default: "demo" },
      program: { type: "string" },
      config: { type: "string", multiple: true, default: [] },
      secret: { type: "string", multiple: true, default: [] },
      yes: { type: "boolean", default: false },
    },
  });
  const command = stackCommands.find((known) => known === positionals.join(" "));
  if (!command || values.stack === undefined) throw new UsageError(HELP);
  const overlay = { ...plainOverlay(values.config), ...secretOverlay(values.secret) };
  const cluster = await ensureCluster({ instance: parseInstanceName(values.instance), yes: values.yes });
  const held: string[] = [];
  const { deployment } = await runStack({
    command,
    stack: values.stack,
    cluster,
    overlay,
    ...(values.program !== undefined && { program: resolve(values.program) }),
    onLine: (line) => {
      // The message of a failed run repeats the engine's last words.
      if (held.length > 0 || line === "Diagnostics:") held.push(line);
      else process.stderr.write(`${line}\n`);
    },
  });
  for (const line of held) process.stderr.write(`${line}\n`);
  if (deployment !== undefined) process.stdout.write(`${JSON.stringify(deployment, undefined, 2)}\n`);
});
