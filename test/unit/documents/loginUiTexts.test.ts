import assert from "node:assert/strict";
import { loginUiTextsProblems } from "../../../documents/loginUi/texts";

describe("texts of the login UI", () => {
  const problems = (texts: Readonly<Record<string, string>>) =>
    loginUiTextsProblems((key) => `texts.${key}`, texts);

  it("may replace its own texts and Kratos', with their placeholders", () => {
    assert.deepEqual(
      problems({ "welcome.signedIn": "{user} ist da.", "1010002": "Weiter mit {provider}", language: "de" }),
      [],
    );
  });

  it("are refused under an unknown key, with an unknown placeholder, empty or on several lines", () => {
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
        ["texts.101", "is not under"],
        ["texts.welcome.singedIn", "is not under"],
        ["texts.welcome.signedIn", "has {name} "],
        ["texts.welcome.title", "is empty "],
        ["texts.link.retry", "is empty "],
      ],
    );
  });
});
