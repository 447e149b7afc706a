import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A folder with an `nc` that behaves like busybox' own: it closes its half when its input ends, and continues to read. */
export async function netcatFolder(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const program = `#!${process.execPath}
const [host, port] = process.argv.slice(2);
const socket = require("node:net").connect({ host, port: Number(port), allowHalfOpen: true });
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", () => process.exit(1)).on("end", () => process.exitCode = 0);
`;
  await writeFile(join(bin, "nc"), program, { mode: 0o755 });
  return bin;
}
