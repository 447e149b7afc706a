import type { Problem } from "../../documents/shared/problem";
import { ofEachText } from "../lib/documents";
import { containersOf, podsOf, type PlacedContainer } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { argumentSettings, secretIn, secretInFile } from "../lib/secretText";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";

export const noPlainSecrets = objectPolicy<{ allowedNames: readonly string[] }>({
  name: "no-plain-secrets",
  description: "ConfigMaps, environment variables and arguments contain no secrets.",
  level: "mandatory",
  severity: "high",
  why: "Anyone who may list ConfigMaps or pods can read them, and they end up in logs and process lists.",
  remediationSteps:
    "Put the value into a Secret and refer to it with valueFrom, envFrom or a volume; a name that only looks like a secret's belongs in the option allowedNames.",
  url: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
  options: {
    allowedNames: {
      type: "array",
      items: { type: "string" },
      description:
        "Names of files, variables and arguments that only look like secrets, `*` standing for anything.",
      default: [],
    },
  },
  *check(object, { allowedNames }): Generator<Problem> {
    const isAllowed = (name: string) => matchesAny(name, allowedNames);
    yield* ofEachText(object, (path, text, name) =>
      isAllowed(name) ? [] : problems(path, secretInFile(name, text)),
    );
    const pods = podsOf(object);
    if (!pods) return;
    yield* ofEach(containersOf(pods), function* (placed) {
      yield* variableProblems(placed, isAllowed);
      yield* argumentProblems(placed, isAllowed);
    });
  },
});

type IsAllowed = (name: string) => boolean;

function* variableProblems({ path, container }: PlacedContainer, isAllowed: IsAllowed): Generator<Problem> {
  yield* ofEach(container.env ?? [], ({ name = "", value = "" }, at) =>
    isAllowed(name) ? [] : problems(`${path}.env[${at}].value`, secretIn(name, value), ` in ${name}`),
  );
}

function* argumentProblems({ path, container }: PlacedContainer, isAllowed: IsAllowed): Generator<Problem> {
  for (const property of ["command", "args"] as const)
    yield* ofEach(argumentSettings([...(container[property] ?? [])]), ([name, value], at) =>
      isAllowed(name) ? [] : problems(`${path}.${property}[${at}]`, secretIn(name, value)),
    );
}

/** Never quotes the value. */
function problems(path: string, kind: string | undefined, place = ""): Problem[] {
  if (kind === undefined) return [];
  return [
    {
      path,
      value: kind + place,
      reason: "looks like a secret",
      fix: "Put it into a Secret and refer to it with valueFrom, envFrom or a volume.",
    },
  ];
}
