import { Failure } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
import { completeModule, isBinaryName } from "./node/binaries";

runMain(async () => {
  const [name = "", ...others] = process.argv.slice(2);
  if (!isBinaryName(name) || others.length > 0) throw new Failure("usage: complete-module BINARY");
  await completeModule(name);
});
