import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { checkout } from "../../../dev/checkout";
import { runStack } from "../../../dev/plugins/stackRun";
import { runMain } from "../../../cli/shared/progress";
import { PASSPHRASE, recordedFile, recordedStacks, requestOf, stateFile } from "./stacks";

/** Records the states that the programs of a checkout leave; the argument is its folder, by default this one. */
runMain(async () => {
  const source = resolve(process.argv[2] ?? checkout);
  for (const recorded of recordedStacks) {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-record-"));
    await writeFile(join(folder, "passphrase"), PASSPHRASE);
    const { changes } = await runStack({ command: "up", ...requestOf(recorded, source, folder) });
    const state = withoutPlaces(await readFile(stateFile(recorded, folder), "utf8"));
    await writeFile(recordedFile(recorded), gzipSync(state, { level: 9 }));
    await rm(folder, { recursive: true });
    process.stdout.write(`${recordedFile(recorded)}: ${JSON.stringify(changes)}\n`);
  }
});

/** Without the lines of code that made each resource, which name the folders of this machine. */
function withoutPlaces(state: string): string {
  const places = ["sourcePosition", "stackTrace"];
  return JSON.stringify(
    JSON.parse(state, (name, value: unknown) => (places.includes(name) ? undefined : value)),
  );
}
