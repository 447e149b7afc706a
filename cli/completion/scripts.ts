import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** The words that may follow in a command line. */
interface Place {
  /** The preceding words, without the name of the program. */
  readonly words: readonly string[];
  readonly next: readonly { readonly word: string; readonly description: string }[];
}

/** A shell script that completes commands, options and known values. */
export function completionScript(program: CommandUnknownOpts, shell: "bash" | "zsh" | "fish"): string {
  const places = placesOf(program, []);
  const name = program.name();
  return shell === "fish" ? fish(name, places) : `${shell === "zsh" ? ZSH : ""}${bash(name, places)}`;
}

function placesOf(command: CommandUnknownOpts, words: readonly string[]): Place[] {
  const subcommands = command.commands.map((one) => ({ word: one.name(), description: one.summary() }));
  const options = [...command.options, ...helpOf(command)].flatMap(({ long, description }) =>
    long === undefined ? [] : [{ word: long, description }],
  );
  const values = command.registeredArguments
    .flatMap(({ argChoices = [] }) => argChoices)
    .map((word) => ({ word, description: "" }));
  return [
    { words, next: [...subcommands, ...values, ...options] },
    ...command.commands.flatMap((one) => placesOf(one, [...words, one.name()])),
  ];
}

function helpOf(command: CommandUnknownOpts) {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long === "--help");
}

/** The completion of bash, which also works in zsh. */
const ZSH = "autoload -U +X bashcompinit && bashcompinit\n";

function bash(name: string, places: readonly Place[]): string {
  const cases = places.map(
    ({ words, next }) => `    "${words.join(" ")}") choices="${next.map(({ word }) => word).join(" ")}" ;;`,
  );
  const known = places.flatMap(({ words }) => (words.length === 0 ? [] : [`"${words.join(" ")}"`]));
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place="" word choices at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${place:+$place }\${COMP_WORDS[at]}"
    case "$word" in
    ${known.join(" | ")}) place="$word" ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function fish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ words, next }) => {
    const below = next.filter(({ word }) => !word.startsWith("-")).map(({ word }) => word);
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const notYet = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(" ")}`] : [];
    const condition = [...seen, ...notYet].join("; and ");
    return next.map(({ word, description }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c ${name} -n ${quoted(condition)} ${what} -d ${quoted(description)}`;
    });
  });
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
