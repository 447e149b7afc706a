import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import type { Flow, FlowKind } from "../../../../components/scripts/loginUi/flows.mjs" with {
  "resolution-mode": "import",
};
import { loginUiTexts } from "../../../../documents/loginUi/texts";
import { assertPinned } from "../../documents/pinned";
import login from "./recorded/login.json";
import recovery from "./recorded/recovery.json";
import recoveryCodes from "./recorded/recoveryCodes.json";
import secondFactor from "./recorded/secondFactor.json";
import settings from "./recorded/settings.json";

const scripts = Promise.all([
  import("../../../../components/scripts/loginUi/flows.mjs"),
  import("../../../../components/scripts/loginUi/texts.mjs"),
]);

/** Responses of Kratos v1.3.1. */
const recorded: Readonly<Record<string, readonly [FlowKind, Flow]>> = {
  login: ["login", login],
  secondFactor: ["login", secondFactor],
  settings: ["settings", settings],
  recoveryCodes: ["settings", recoveryCodes],
  recovery: ["recovery", recovery],
};

async function pageOf(kind: FlowKind, flow: Flow, texts: object = {}, providers: readonly string[] = []) {
  const [{ flowPage }, { wordsOf }] = await scripts;
  return flowPage(kind, flow, wordsOf({ ...loginUiTexts, ...texts }), providers);
}

/** A flow of one group, as later versions of Kratos may have it. */
function flowOf(...nodes: Flow["ui"]["nodes"]): Flow {
  return { id: "f", ui: { action: "https://k/login?flow=f", method: "POST", nodes } };
}

describe("a flow of Kratos, as a page of the login UI", () => {
  for (const [name, [kind, flow]] of Object.entries(recorded)) {
    it(`is this HTML for the recorded flow ${name}`, async () => {
      assertPinned(`${name}.html`, (await pageOf(kind, flow)).body.text, __dirname);
    });

    it(`has a name for every field, image and heading of ${name}, and no id twice`, async () => {
      const page = parse((await pageOf(kind, flow)).body.text);
      const ids = page.querySelectorAll("[id]").map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)]);
      for (const field of page.querySelectorAll("input:not([type=hidden])"))
        assert.notEqual(page.querySelector(`label[for="${field.id}"]`)?.text ?? "", "", field.outerHTML);
      for (const image of page.querySelectorAll("img")) assert.ok(image.attributes["alt"], image.outerHTML);
      for (const button of page.querySelectorAll("button"))
        assert.notEqual(button.text, "", button.outerHTML);
      for (const form of page.querySelectorAll("form[aria-labelledby]"))
        assert.ok(ids.includes(form.attributes["aria-labelledby"] ?? ""), form.outerHTML);
      assert.equal(page.querySelectorAll("h1").length, 1);
    });
  }

  it("has the buttons of login providers in the given order, whatever Kratos' is", async () => {
    const button = (id: string) => ({
      group: "oidc",
      attributes: { node_type: "input", name: "provider", type: "submit", value: id },
      meta: { label: { id: 1010002, text: `Sign in with ${id}`, type: "info" } },
    });
    const { body } = await pageOf("login", flowOf(button("a"), button("b"), button("c")), {}, [
      "b",
      "c",
      "a",
    ]);
    const buttons = parse(body.text).querySelectorAll("button[name=provider]");
    assert.deepEqual(
      buttons.map(({ attributes }) => attributes["value"]),
      ["b", "c", "a"],
    );
  });

  it("has Kratos' CSRF token in every form", async () => {
    const page = parse((await pageOf("settings", settings)).body.text);
    const forms = page.querySelectorAll("form");
    assert.equal(forms.length, 3);
    for (const form of forms) assert.ok(form.querySelector("input[name=csrf_token]")?.attributes["value"]);
  });

  it("marks a wrong field with its message, and reports that the page has errors", async () => {
    const message = { id: 4000008, type: "error", text: "The provided authentication code is invalid." };
    const field = { node_type: "input", name: "totp_code", type: "text" };
    const flow = flowOf({ group: "totp", attributes: field, messages: [message], meta: {} });
    const { body, hasErrors } = await pageOf("login", flow);
    const input = parse(body.text).querySelector("input");
    const said = parse(body.text).querySelector(`#${input?.attributes["aria-describedby"] ?? "none"}`);
    assert.deepEqual([hasErrors, input?.attributes["aria-invalid"]], [true, "true"]);
    assert.deepEqual([said?.text, said?.attributes["role"]], [message.text, "alert"]);
  });

  it("escapes whatever Kratos says", async () => {
    const evil = `"><script>alert(1)</script>`;
    const label = { id: 1, text: evil };
    const all = ["text", "submit", "hidden", "checkbox"].map((type) => ({
      group: evil,
      attributes: { node_type: "input", type, name: evil, value: evil, pattern: evil },
      messages: [label],
      meta: { label },
    }));
    const flow = flowOf(...all, {
      group: evil,
      attributes: { node_type: "img", src: evil },
      meta: { label },
    });
    const { body } = await pageOf("login", { ...flow, ui: { ...flow.ui, action: evil, messages: [label] } });
    assert.doesNotMatch(body.text, /<script|"">/);
    assert.equal(parse(body.text).querySelectorAll("script").length, 0);
  });

  it("uses replaced texts, ours by key and Kratos' by number, with their placeholders filled in", async () => {
    const texts = { "login.title": "Anmelden", 1010002: "Mit {provider} anmelden" };
    const { title, body } = await pageOf("login", login, texts);
    assert.equal(title, "Anmelden");
    assert.match(body.text, />Mit Stub anmelden</);
  });

  it("offers no link to another account, which the gateway would refuse", async () => {
    const link = { node_type: "input", type: "submit", name: "link", value: "stub" };
    const { body } = await pageOf("settings", flowOf({ group: "oidc", attributes: link, meta: {} }));
    assert.doesNotMatch(body.text, /button/);
  });
});
