import { Argument, Command } from "@commander-js/extra-typings";
import { completionScript } from "./completion/scripts";

const shells = ["bash", "zsh", "fish"] as const;

const DESCRIPTION = `Prints a script that completes commands and options. For this shell only:
  bash  source <(portcullis completion bash)
  zsh   source <(portcullis completion zsh)
  fish  portcullis completion fish | source`;

/** `portcullis completion`. */
export function completionCommand() {
  return new Command("completion")
    .summary("print a script that completes this command in a shell")
    .description(DESCRIPTION)
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell, _options, command) => {
      process.stdout.write(completionScript(command.parent ?? command, shell));
    });
}
