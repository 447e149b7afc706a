import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { ensureCluster } from "../local/cluster";
import { Failure } from "../local/failure";
import { parseInstanceName } from "../local/instances";
import { runStack, stackCommands, type Overlay } from "../local/plugins/stackRun";
import { runMain } from "../local/progress";

const HELP = `usage: stack ${stackCommands.join("|")} --stack NAME [--instance NAME] [--program FILE]
             [--config KEY=VALUE]... [--secret KEY=VARIABLE]... [--yes]

Runs the Pulumi engine on a stack, on this machine's cluster. No checked-in file is changed.
  --program FILE         main file of another program, beside its Pulumi.yaml
  --config KEY=VALUE     on top of the stack's own configuration; VALUE is YAML
  --secret KEY=VARIABLE  a secret, from an environment variable`;

runMain(async () => {
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
  if (!command || values.stack === undefined) throw new Failure(HELP);
  const overlay = { ...plainOverlay(values.config), ...secretOverlay(values.secret) };
  const cluster = await ensureCluster({ instance: parseInstanceName(values.instance), yes: values.yes });
  const { deployment } = await runStack({
    command,
    stack: values.stack,
    cluster,
    overlay,
    ...(values.program !== undefined && { program: resolve(values.program) }),
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  if (deployment !== undefined) process.stdout.write(`${JSON.stringify(deployment, undefined, 2)}\n`);
});

function plainOverlay(given: readonly string[]): Overlay {
  return Object.fromEntries(
    given.map((item) => {
      const [key, text] = keyAndRest("--config", item);
      return [key, { value: parse(text) as unknown }];
    }),
  );
}

function secretOverlay(given: readonly string[]): Overlay {
  return Object.fromEntries(
    given.map((item) => {
      const [key, variable] = keyAndRest("--secret", item);
      const value = process.env[variable];
      if (value === undefined) throw new Failure(`--secret ${key}: the variable ${variable} is not set.`);
      return [key, { value, secret: true }];
    }),
  );
}

function keyAndRest(option: string, item: string): readonly [string, string] {
  const equals = item.indexOf("=");
  if (equals < 1)
    throw new Failure(`${option} ${item}: write ${option} KEY=..., with a value after the equals sign.`);
  return [item.slice(0, equals), item.slice(equals + 1)];
}
