import { asvs } from "../lib/frameworks";
import { found, type Problem } from "../../documents/shared/problem";
import { ofEachDocument, ofEachStoredText, valueAt } from "../lib/documents";
import { containersOf, podsOf } from "../lib/pods";
import { objectPolicy } from "../lib/policy";
import { ofEach } from "../lib/unknown";

/** Settings of Kratos and of its login UI that disable Secure, with the value that does. */
const variables: Readonly<Record<string, string>> = {
  COOKIES_SECURE: "false",
  SESSION_COOKIE_SECURE: "false",
  DANGEROUSLY_DISABLE_SECURE_CSRF_COOKIES: "true",
};

export const secureCookies = objectPolicy({
  name: "secure-cookies",
  description: "Kratos and its login UI mark their cookies Secure.",
  level: "mandatory",
  severity: "high",
  why: "Otherwise a browser sends the session over plain http, where anyone on the network path can read it.",
  remediationSteps: "Remove the setting: Secure is the default.",
  url: "https://www.ory.com/docs/kratos/guides/configuring-cookies",
  framework: asvs("3.4.1"),
  options: {},
  *check(object): Generator<Problem> {
    yield* ofEachDocument(object, function* (path, document) {
      if (!("selfservice" in document)) return;
      for (const place of [["cookies"], ["session", "cookie"]]) {
        const secure = valueAt(document, ...place, "secure");
        if (String(secure) === "false") yield insecure([path, ...place, "secure"].join("."), secure);
      }
    });
    yield* ofEachStoredText(object, (path, text, name) => variableProblems(path, name, text));
    const pods = podsOf(object);
    if (!pods) return;
    yield* ofEach(containersOf(pods), ({ path, container }) =>
      ofEach(container.env ?? [], ({ name = "", value = "" }, at) =>
        variableProblems(`${path}.env[${at}]`, name, value),
      ),
    );
  },
});

function* variableProblems(path: string, name: string, value: string): Generator<Problem> {
  if (variables[name] === value.trim()) yield insecure(path, value);
}

function insecure(path: string, value: unknown): Problem {
  return {
    path,
    value: found(value),
    reason: "lets cookies go over plain http",
    fix: "Remove it: Secure is the default.",
  };
}
