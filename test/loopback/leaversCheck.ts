import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Admissions } from "../../cli/sessions/person";
import { script } from "../../components/shared/scripts";
import type { ClaimedGroups } from "../../documents/kratos/claimedGroups";
import { leaversFiles, leaversSettings, leaversSettingsFile } from "../../documents/kratos/leavers";
import type { Duration } from "../../documents/shared/duration";
import { adminUrl } from "./identity";

/** Runs the check for leavers as its pod does, and reads what it wrote. */
export async function checkLeavers(
  admissions: Admissions,
  atMost = 20,
  claims: { readonly groups: ClaimedGroups; readonly lifespan: Duration } = { groups: {}, lifespan: "1h" },
) {
  const folder = mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "leavers-"));
  for (const file of leaversFiles) writeFileSync(join(folder, file), script(`leavers/${file}`));
  const settings = leaversSettings(admissions, atMost, claims);
  writeFileSync(join(folder, leaversSettingsFile), JSON.stringify(settings));
  const child = spawn(process.execPath, [join(folder, "main.mjs")], {
    env: { ADMIN_URL: adminUrl },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const [said, [code]] = await Promise.all([text(child.stdout), ended]);
  const lines = said.trim().split("\n");
  return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
