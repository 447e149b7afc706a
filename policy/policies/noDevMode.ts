import { found, type Problem } from "../../ory/problem";
import { ofEachDocument } from "../lib/documents";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

/** @see https://www.ory.com/docs/kratos/reference/configuration */
export const noDevMode = objectPolicy({
  name: "no-dev-mode",
  description: "No server runs in its development mode.",
  level: "mandatory",
  why: "Ory's servers then send cookies over plain http, and show messages that only their recipient may read.",
  options: {},
  *check(object): Generator<Problem> {
    const pods = podsOf(object);
    if (pods)
      yield* ofEach(containersOf(pods), function* ({ path, container: { command = [], args = [] } }) {
        if ([...command, ...args].some((word) => word === "--dev" || word === "--dev=true"))
          yield devMode(`${path}.args`, "--dev");
      });
    yield* ofEachDocument(object, function* (path, document) {
      if (document["dev"] === true && "selfservice" in document) yield devMode(`${path}.dev`, true);
    });
  },
});

function devMode(path: string, value: unknown): Problem {
  return { path, value: found(value), reason: "is a development mode", fix: "Remove it." };
}
