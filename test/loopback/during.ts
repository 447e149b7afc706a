import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER } from "./pod";

/** Does something while a file of nginx' configuration has other content, or is missing. */
export async function during(
  file: string,
  content: ((text: string) => string) | "away",
  act: () => Promise<void>,
): Promise<void> {
  const path = join(process.env["LOOPBACK_ROOT"] ?? "", FOLDER, file);
  const former = readFileSync(path, "utf8");
  if (content === "away") rmSync(path);
  else writeFileSync(path, content(former));
  try {
    await act();
  } finally {
    writeFileSync(path, former);
  }
}
