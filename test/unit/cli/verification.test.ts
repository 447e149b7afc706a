import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isStrict } from "../../../cli/verify/anonymous";
import { Browser } from "../../../cli/verify/browser";
import { atOnce, examine, holds, row, summary } from "../../../cli/verify/table";

describe("the table of expectation and finding", () => {
  const expectation = (found: () => Promise<string>) => ({ when: "asked", expected: "200", find: found });

  it("holds only where the finding is exactly what was expected", async () => {
    const findings = await examine(
      [expectation(() => Promise.resolve("200")), expectation(() => Promise.resolve("2000"))],
      () => undefined,
    );
    assert.deepEqual(findings.map(holds), [true, false]);
    assert.equal(summary(findings), "1 passed, 1 failed");
  });

  it("shows an alternative that was found as expected, and no other finding", async () => {
    const alternatives = ["204"];
    const found = ["204", "2040"].map((text) => expectation(() => Promise.resolve(text)));
    const findings = await examine(
      found.map((asked) => ({ ...asked, alternatives })),
      () => undefined,
    );
    assert.deepEqual(
      findings.map((finding) => row(finding, false).replace(/ +/g, " ")),
      ["✓ asked 204", "✗ asked 200\n found: 2040"],
    );
  });

  it("shows a failed check as a finding, and examines the rest", async () => {
    const shown: string[] = [];
    await examine(
      [
        expectation(() => Promise.reject(new Error("connection refused"))),
        expectation(() => Promise.resolve("200")),
      ],
      (finding) => shown.push(row(finding, false)),
    );
    assert.match(shown[0] ?? "", /^✗ asked[\s\S]*found: connection refused/);
    assert.match(shown[1] ?? "", /^✓ asked/);
  });

  it("runs independent checks at once, and shows them in order, with a failed one among them", async () => {
    const begun: string[] = [];
    let finishFirst: (found: string) => void = () => undefined;
    const independent = atOnce([
      expectation(() => {
        begun.push("first");
        return new Promise((resolve) => (finishFirst = resolve));
      }),
      expectation(() => {
        begun.push("second");
        finishFirst("200");
        return Promise.reject(new Error("connection refused"));
      }),
    ]);
    const before = expectation(() => Promise.resolve(begun.join()));
    const findings = await examine([before, ...independent], () => undefined);
    assert.deepEqual(
      findings.map(({ found }) => found),
      ["", "200", "connection refused"],
    );
    assert.deepEqual(begun, ["first", "second"]);
  });
});

describe("the browser of the proof", () => {
  let server: Server;
  let origin: string;
  let browser: Browser;

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        switch (request.url ?? "") {
          case "/start":
            response.writeHead(302, {
              location: "/form",
              "set-cookie": "session=1; Secure; Path=/; SameSite=Lax",
            });
            return response.end();
          case "/form":
            return response.end(
              '<form action="/sent" method="post"><input type="hidden" name="csrf" value="a&amp;b"><input name="login">' +
                '<button name="provider" value="one"></button><button name="provider" value="two"></button></form>',
            );
          case "/loop":
            response.writeHead(302, { location: "/loop" });
            return response.end();
          default:
            return response.end(
              JSON.stringify({ cookie: request.headers.cookie, body: Buffer.concat(chunks).toString() }),
            );
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://service.portcullis.localhost:${String((server.address() as AddressInfo).port)}`;
    browser = new Browser();
  });
  after(async () => {
    await browser.close();
    server.close();
  });

  it("resolves .localhost, follows redirects, keeps Secure cookies there, and presses the wanted button", async () => {
    const page = await browser.open(`${origin}/start`);
    assert.equal(page.url, `${origin}/form`);
    const sent = await browser.press(page, {
      button: { name: "provider", value: "two" },
      fields: { login: "alice" },
    });
    const { cookie, body } = JSON.parse(sent.body) as { cookie: string; body: string };
    assert.equal(cookie, "session=1");
    assert.equal(body, "csrf=a%26b&login=alice&provider=two");
  });

  it("reports a button that is missing", async () => {
    const page = await browser.open(`${origin}/form`);
    await assert.rejects(
      browser.press(page, { button: { name: "provider", value: "three" } }),
      /provider=three/,
    );
  });

  it("gives up on a redirect loop", async () => {
    await assert.rejects(browser.open(`${origin}/loop`), /more than 20 redirects/);
  });
});

describe("Strict-Transport-Security", () => {
  it("counts with half a year and includeSubDomains, in any spelling", () => {
    for (const header of [
      "max-age=31536000; includeSubDomains",
      "includesubdomains;max-age=15552000",
      'Max-Age="63072000"; includeSubDomains; preload',
    ])
      assert.ok(isStrict(header), header);
  });

  it("does not count where either is missing", () => {
    for (const header of [
      undefined,
      "",
      "max-age=31536000",
      "includeSubDomains",
      "max-age=0; includeSubDomains",
      "max-age=3600; includeSubDomains",
      "max-age=31536000x; includeSubDomains",
    ])
      assert.ok(!isStrict(header), String(header));
  });
});
