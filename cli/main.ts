#!/usr/bin/env node
import packageJson from "../package.json";
import { checkCommand } from "./check";
import { completionCommand } from "./completion";
import { explainCommand } from "./explain";
import { googleCommand } from "./google";
import { renderCommand } from "./render";
import { schemaCommand } from "./schema";
import { sessionsCommand } from "./sessions";
import { commandLine, runCommandLine } from "./shared/commandLine";
import { runMain } from "./shared/progress";
import { verifyCommand } from "./verify";

/** The whole command. */
export function portcullis() {
  return commandLine("portcullis", packageJson.description, packageJson.version, [
    checkCommand(),
    verifyCommand(),
    explainCommand(),
    sessionsCommand(),
    googleCommand(),
    renderCommand(),
    schemaCommand(),
    completionCommand(),
  ]);
}

if (require.main === module) {
  // A reader such as `head` may close the output early.
  process.stdout.on("error", () => process.exit());
  runMain(() => runCommandLine(portcullis(), process.argv.slice(2)));
}
