import assert from "node:assert/strict";
import { loginUiTextsProblems } from "../../../documents/loginUi/texts";

describe("words of the login UI", () => {
  const problems = (texts: Readonly<Record<string, string>>) =>
    loginUiTextsProblems((key) => `texts.${key}`, texts);

  it("may replace its own and Kratos', with what is filled in there", () => {
    assert.deepEqual(
      problems({ "welcome.signedIn": "{user} ist da.", "1010002": "Weiter mit {provider}", language: "de" }),
      [],
    );
  });

  it("are under a key that there is, of one line, with nothing else to fill in", () => {
    const found = problems({
      "welcome.singedIn": "a",
      "101": "b",
      "welcome.signedIn": "Angemeldet als {name}",
      "welcome.title": " ",
      "link.retry": "one\ntwo",
    });
    assert.deepEqual(
      found.map(({ path, reason }) => [path, reason.split(/[ ,]/).slice(0, 3).join(" ")]),
      [
        ["texts.101", "is under no"],
        ["texts.welcome.singedIn", "is under no"],
        ["texts.welcome.signedIn", "has {name} "],
        ["texts.welcome.title", "is empty "],
        ["texts.link.retry", "is empty "],
      ],
    );
  });
});
