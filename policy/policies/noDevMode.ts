import { asvs } from "../lib/frameworks";
import { found, type Problem } from "../../documents/shared/problem";
import { ofEachDocument, valueAt, type Document } from "../lib/documents";
import { containersOf, podsOf, type Container, type PlacedContainer } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

export const noDevMode = objectPolicy({
  name: "no-dev-mode",
  description: "No server runs in its development mode.",
  level: "mandatory",
  severity: "high",
  why: "In that mode Ory's servers send cookies over plain http, and show messages that only their recipient may read.",
  remediationSteps: "Remove the argument --dev, or dev from the configuration file.",
  url: "https://www.ory.com/docs/kratos/reference/configuration",
  framework: asvs("14.3.2"),
  options: {},
  *check(object): Generator<Problem> {
    const pods = podsOf(object);
    if (pods)
      yield* ofEach(containersOf(pods), (placed) =>
        ofEach([argumentProblems, variableProblems], (problems) => problems(placed)),
      );
    yield* ofEachDocument(object, function* (path, document) {
      if (document["dev"] === true && isOfOry(document)) yield devMode(`${path}.dev`, true);
    });
  },
});

function* argumentProblems({ path, container }: PlacedContainer): Generator<Problem> {
  yield* ofEach(["command", "args"] as const, function* (property) {
    if (wordsOf(container, property).some((word) => /^--dev(?:=(?:true|t|1))?$/i.test(word)))
      yield devMode(`${path}.${property}`, "--dev");
  });
}

function* variableProblems({ path, container }: PlacedContainer): Generator<Problem> {
  yield* ofEach(container.env ?? [], function* ({ name, value = "" }, at) {
    if (name === "DEV" && /^(?:true|t|1)$/i.test(value) && runsOry(container))
      yield devMode(`${path}.env[${at}]`, value);
  });
}

/** The arguments of a process, and the words of those that are shell scripts. */
function wordsOf(container: Container, property: "command" | "args"): string[] {
  return [...(container[property] ?? [])].flatMap((argument) => argument.split(/[\s;&|()"']+/));
}

/** Whether a container's image, or its program, has the name of a server with this mode. */
function runsOry(container: Container): boolean {
  const image = (container.image ?? "").split("/").at(-1) ?? "";
  if (/(?:^|[^a-z0-9])(?:kratos|hydra)(?![a-z0-9])/i.test(image)) return true;
  const words = (["command", "args"] as const).flatMap((property) => wordsOf(container, property));
  return words.includes("serve") && words.some((word) => /^(?:[\w.-]*\/)*(?:kratos|hydra)$/.test(word));
}

/** Whether a document is a configuration of Kratos or Hydra. */
function isOfOry(document: Document): boolean {
  return "selfservice" in document || valueAt(document, "urls", "self") !== undefined;
}

function devMode(path: string, value: unknown): Problem {
  return { path, value: found(value), reason: "is a development mode", fix: "Remove it." };
}
