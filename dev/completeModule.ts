import { UsageError } from "../cli/shared/failure";
import { completeModule, isBinaryName } from "./node/binaries";
import { runCommand } from "./usage";

const HELP = "usage: complete-module BINARY";

runCommand(HELP, async () => {
  const [name = "", ...others] = process.argv.slice(2);
  if (!isBinaryName(name) || others.length > 0) throw new UsageError(HELP);
  await completeModule(name);
});
