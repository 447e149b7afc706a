import { asvs } from "../lib/frameworks";
import { found, type Problem } from "../../documents/shared/problem";
import { ofEachDocument } from "../lib/documents";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

export const noDevMode = objectPolicy({
  name: "no-dev-mode",
  description: "No server runs in its development mode.",
  level: "mandatory",
  severity: "high",
  why: "Ory's servers then send cookies over plain http, and show messages that only their recipient may read.",
  remediationSteps: "Remove the argument --dev, or dev from the configuration file.",
  url: "https://www.ory.com/docs/kratos/reference/configuration",
  framework: asvs("14.3.2"),
  options: {},
  *check(object): Generator<Problem> {
    const pods = podsOf(object);
    if (pods)
      yield* ofEach(containersOf(pods), ({ path, container }) =>
        ofEach(["command", "args"] as const, function* (property) {
          const words = [...(container[property] ?? [])];
          if (words.includes("--dev") || words.includes("--dev=true"))
            yield devMode(`${path}.${property}`, "--dev");
        }),
      );
    yield* ofEachDocument(object, function* (path, document) {
      if (document["dev"] === true && "selfservice" in document) yield devMode(`${path}.dev`, true);
    });
  },
});

function devMode(path: string, value: unknown): Problem {
  return { path, value: found(value), reason: "is a development mode", fix: "Remove it." };
}
