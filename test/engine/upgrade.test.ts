import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { stringify } from "yaml";
import { checkout } from "../../dev/checkout";
import { runStack } from "../../dev/plugins/stackRun";
import { PASSPHRASE, recordedFile, recordedStacks, requestOf, stateFile } from "./recorded/stacks";

interface Checkpoint {
  readonly checkpoint: {
    readonly latest: {
      readonly secrets_providers: { readonly state: { readonly salt: string } };
      readonly resources: readonly Resource[];
    };
  };
}

interface Resource {
  readonly urn: string;
  readonly type: string;
}

describe("the state of an earlier version", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-upgrade-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const recorded of recordedStacks)
    it(`of the stack ${recorded.stack} of ${recorded.project} loses nothing with this version`, async () => {
      const text = gunzipSync(await readFile(recordedFile(recorded))).toString();
      const { resources, secrets_providers: secrets } = (JSON.parse(text) as Checkpoint).checkpoint.latest;
      const stackFile = join(folder, "stacks", recorded.stack, `Pulumi.${recorded.stack}.yaml`);
      await write(stackFile, stringify({ encryptionsalt: secrets.state.salt }));
      await write(stateFile(recorded, folder), text);
      await write(join(folder, "passphrase"), PASSPHRASE);

      const lines: string[] = [];
      const { changes } = await runStack({
        command: "preview",
        ...requestOf(recorded, checkout, folder),
        onLine: (line) => lines.push(line),
      });
      const kept = (changes["same"] ?? 0) + (changes["update"] ?? 0);
      assert.ok(kept > 50, JSON.stringify(changes));
      const lost = lines.flatMap((line) => goes.exec(line)?.slice(1).join(" ") ?? []);
      const held = resources.filter((resource) => !isReplaceable(resource)).map(nameOf);
      assert.ok(held.length > 40, String(held.length));
      assert.deepEqual(
        lost.filter((name) => held.includes(name)),
        [],
      );
    });
});

/** A line of the preview that deletes or replaces a resource: its type and name. */
const goes = /^ *(?:\+-|--?) +(\S+:\S+) (\S+) /;

/**
 * Whether a change makes a new object, which its dependents roll over to. Of the Secrets that is only Kratos' own, which gets the
 * next version of each secret: a change of another Secret would be another password.
 */
function isReplaceable({ type, urn }: Resource): boolean {
  return (
    type === "kubernetes:core/v1:ConfigMap" ||
    type === "kubernetes:batch/v1:Job" ||
    /IdentityServer\$kubernetes:core\/v1:Secret::[^:]+-identity$/.test(urn)
  );
}

/** As the engine prints it: it drops a module's last part if that only repeats the type. */
function nameOf({ type, urn }: Resource): string {
  const shown = type.replace(/\/(\w+):(\w+)$/, (whole, part: string, kind: string) =>
    part.toLowerCase() === kind.toLowerCase() ? `:${kind}` : whole,
  );
  return `${shown} ${urn.split("::").at(-1) ?? ""}`;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
