import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { eventually } from "../../cli/shared/eventually";
import { frontPorts } from "../../documents/nginx/kratosFront";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { startFront, type Front } from "./front";
import { ProxyPod, type Answer, type Asked } from "./pod";
import { close } from "./servers";

const kratosPort = 14433;
const loginUiUrl = "https://auth.apps.example.com";
const start = "/self-service/login/browser";

describe("the front of Kratos, in front of an identity server", () => {
  let pod: ProxyPod;
  let front: Front;
  let kratos: Server;
  let answer: RequestListener;
  let seen: IncomingMessage | undefined;

  before(async () => {
    pod = await ProxyPod.shared();
    // As large as Go's.
    kratos = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
      seen = request;
      answer(request, response);
    });
    await listen();
    front = await startFront({
      ...{ kratosPort, loginUiUrl, publicUrl: "https://auth-server.apps.example.com", providerIds: ["stub"] },
    });
  });

  beforeEach(() => {
    seen = undefined;
    answer = (_, response) => response.writeHead(303, { location: `${loginUiUrl}/login?flow=1` }).end();
  });

  after(async () => {
    await front.stop();
    close(kratos);
  });

  const listen = async () => {
    kratos.listen(kratosPort, "127.0.0.1");
    await once(kratos, "listening");
  };
  const ask = (path: string, asked: Asked = {}) => pod.ask(path, { ...asked, port: frontPorts.front });
  const assertPage = ({ headers, body }: Answer, title: string) => {
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.ok(body.includes(`<h1>${title}</h1>`), body);
    assert.equal(headers["cache-control"], "no-store");
  };

  it("accepts as many cookies as the rest of the gateway, and passes only Kratos' own on", async () => {
    const others = ["x", "y"].map((name) => `${name}=${name.repeat(60_000)}`);
    const csrf = ["0", "1", "2"].map((digit) => `csrf_token_${digit.repeat(64)}=${"Az09+/".repeat(7)}A=`);
    const own = [`${defaultSessionCookie}=MTc2NDEyMzQ1Ng==`, "ory_kratos_continuity=MTc2_-A=", ...csrf];
    for (const [cookie, kept] of [
      [others, []],
      [[...others, ...own], own],
      [[...csrf, others[0], own[1], others[1], own[0]], own],
      [[...others, csrf[1]], [csrf[1]]],
      [[`x${own[0]}`, `${defaultSessionCookie}2=a`, "csrf_token_1=z"], []],
    ] as const) {
      const headers = { cookie: cookie.join("; ") };
      const { status, body } = await ask(`${start}?return_to=${"r".repeat(8000)}`, { headers });
      assert.equal(status, 303, body);
      assert.deepEqual((seen?.headers.cookie ?? "").split(/; ?/).filter(Boolean), kept);
    }
  });

  it("reads cookies as Kratos would, and drops its own where they are too long", async () => {
    const form = { method: "POST", body: Buffer.from("a=b") };
    for (const [session, kept] of [
      ["AAAA", "AAAA"],
      ['"AAAA"', "AAAA"],
      ["A".repeat(4096), "A".repeat(4096)],
      ["A".repeat(4097), undefined],
      [`"${"A".repeat(120_000)}"`, undefined],
      [`"${"A;".repeat(60_000)}"`, undefined],
      ["<".repeat(120_000), undefined],
      [";".repeat(120_000), undefined],
      [`;${" ".repeat(120_000)}`, undefined],
    ] as const) {
      const headers = { cookie: `${defaultSessionCookie}=${session}` };
      assert.equal((await ask("/self-service/login", { ...form, headers })).status, 303);
      const sent = seen?.headers.cookie?.replace(/;$/, "");
      assert.equal(sent, kept === undefined ? undefined : `${defaultSessionCookie}=${kept}`);
    }
  });

  it("refuses larger requests, with a page that says so", async () => {
    const cookie = `a=${"x".repeat(140_000)}`;
    for (const [status, title, path, asked] of [
      [431, "Your browser sends too much", start, { headers: { cookie } }],
      [431, "Your browser sends too much", start, { headers: { "user-agent": "x".repeat(2049) } }],
      [414, "This address is too long", `${start}?a=${"&".repeat(65)}`, {}],
      [414, "This address is too long", `${start}?a=${"x".repeat(8200)}`, {}],
      [414, "This address is too long", `${start}?a=${"x".repeat(140_000)}`, {}],
      [
        413,
        "This form is too large",
        "/self-service/login",
        { method: "POST", body: Buffer.alloc(70_000), headers: { "content-length": "70000" } },
      ],
    ] as const) {
      const refused = await ask(path, asked);
      assert.equal(refused.status, status, refused.body);
      assertPage(refused, title);
    }
    assert.equal(seen, undefined, "none of them reached Kratos");
  });

  it("remembers how often a session guessed its second step, whatever other sessions are sent", async () => {
    const guess = async (session: string) =>
      (
        await ask("/self-service/login", {
          ...{ method: "POST", body: Buffer.from("totp_code=000000") },
          headers: { cookie: `${defaultSessionCookie}=${session}` },
        })
      ).status;
    const session = "B".repeat(400);
    for (let turn = 0; turn < 11; turn += 1) assert.equal(await guess(session), 303);
    assert.equal(await guess(session), 429);
    for (let turn = 0; turn < 70; turn += 1) await guess(`${turn}${"C".repeat(60_000)}`);
    assert.equal(await guess(session), 429);
  });

  it("lets a client have only a few mails sent, each of which may go to anybody's address", async () => {
    const send = (kind: string) =>
      ask(`/self-service/${kind}?flow=1`, {
        ...{ method: "POST", body: Buffer.from("email=alice@example.com") },
        headers: { "x-forwarded-for": "198.51.100.7" },
      });
    const answers: number[] = [];
    for (const kind of Array.from({ length: 15 }, () => ["recovery", "verification"]).flat())
      answers.push((await send(kind)).status);
    const sent = answers.filter((status) => status !== 429).length;
    assert.ok(sent >= 10 && sent <= 13, answers.join(" "));
    assert.equal((await ask(start)).status, 303);
  });

  it("shows its own page where Kratos fails, without anything that Kratos said", async () => {
    const secret = "FATAL: role kratos at 10.1.2.3:5432";
    for (const failure of [500, 502, 503, 504]) {
      answer = (_, response) =>
        response
          .writeHead(failure, {
            "content-type": "application/json",
            "set-cookie": "a=FATAL",
            "x-said": secret,
          })
          .end(JSON.stringify({ error: { reason: secret } }));
      const failed = await ask(start);
      assert.equal(failed.status, failure);
      assertPage(failed, "Sign-in is not available");
      assert.doesNotMatch(JSON.stringify(failed), /FATAL/);
    }
    answer = (_, response) => response.writeHead(400).end("what Kratos says of a form");
    assert.equal((await ask(start)).body, "what Kratos says of a form", "what is no failure passes");
  });

  it("gives each request one name in its answer, the page and the log of failures, and sends it to Kratos", async () => {
    const given = "of-the-ingress.controller_1";
    const nameOf = async (header?: string) => {
      const asked = await ask(start, header === undefined ? {} : { headers: { "x-request-id": header } });
      const name = String(asked.headers["x-request-id"]);
      assert.equal(seen?.headers["x-request-id"], name);
      if (header === given) assert.equal(name, given);
      else assert.match(name, /^[0-9a-f]{32}$/);
      return { name, ...asked };
    };
    const headers = [given, undefined, "short", '"},"a":"b', "<b>bold</b>"];
    for (const header of headers) assert.equal((await nameOf(header)).status, 303);
    const found = await ask("/nothing");
    assert.deepEqual([found.status, String(found.headers["x-request-id"]).length], [404, 32]);

    answer = (_, response) => response.writeHead(503).end();
    for (const header of headers) {
      const { name, body } = await nameOf(header);
      assert.ok(body.includes(`Request <code>${name}</code>`), body);
      await eventually(() => {
        const line = front
          .log()
          .split("\n")
          .find((one) => one.includes(`"request":"${name}","status":503`));
        const { audit, client, action } = JSON.parse(line ?? "") as Record<string, unknown>;
        assert.deepEqual([audit, client, action], ["sign-in failed", "127.0.0.1", "start"]);
        return Promise.resolve();
      });
    }
    assert.doesNotMatch(front.log(), /"status":(?:303|404)/);
  });

  it("shows the same page without Kratos, logs nothing secret, and passes requests once Kratos is back", async () => {
    close(kratos);
    try {
      const { status, ...page } = await ask(start);
      assert.equal(status, 502);
      assertPage({ status, ...page }, "Sign-in is not available");
      const referer = "https://id.example.com/?flow=s3cret-flow";
      await ask("/self-service/methods/oidc/callback/stub?code=s3cret-code&state=s3cret-state", {
        headers: { referer },
      });
      const told = () => front.log().split(`, upstream: http://127.0.0.1:${kratosPort}`).length - 1;
      await eventually(() => (told() === 2 ? Promise.resolve() : Promise.reject(new Error(front.log()))));
      assert.doesNotMatch(front.log(), /s3cret/);
    } finally {
      await listen();
    }
    await eventually(
      async () => {
        assert.equal((await ask(start)).status, 303);
      },
      { seconds: 15 },
    );
  });
});
