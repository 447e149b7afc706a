import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { people } from "../../cli/verify/signIn";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

const UPLOAD_BYTES = 50 * 1024 * 1024;

describe("a page's own traffic", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
  });
  beforeEach(async () => {
    person = await on.chromium.person();
    await person.signIn(`${on.echo}/`, people.admitted);
  });
  afterEach(() => person.leave());

  const signOut = () => person.page.context().clearCookies();

  it("may be a WebSocket, only with a session", async () => {
    assert.equal(await overWebSocket(person, "Grüße"), "Grüße");
    await signOut();
    assert.equal(await overWebSocket(person, "Grüße"), "refused");
  });

  it("may be server-sent events, only with a session", async () => {
    assert.deepEqual(await events(person, 3), ["1", "2", "3"]);
    await signOut();
    assert.deepEqual(await events(person, 3), ["refused"]);
  });

  it("may be an upload of 50 MB, only with a session", async () => {
    const { status, text } = await upload(person, UPLOAD_BYTES);
    assert.equal(status, 200);
    const { method, body } = JSON.parse(text) as { method: string; body: object };
    const sha256 = createHash("sha256").update(Buffer.alloc(UPLOAD_BYTES)).digest("hex");
    assert.deepEqual({ method, body }, { method: "POST", body: { bytes: UPLOAD_BYTES, sha256 } });
    await signOut();
    assert.equal((await upload(person, 1)).status, 401);
  });

  it("may read only the page's own service", async () => {
    const read = (url: string) =>
      person.page.evaluate(
        async (asked) =>
          fetch(asked, { credentials: "include" }).then(
            ({ status }) => status,
            () => "kept from the page",
          ),
        url,
      );
    assert.equal(await read(`${on.echo}/any`), 200);
    assert.equal(await read(`${on.vmagent}/targets`), "kept from the page");
  });
});

/** The reply to a message to the host of the person's page. */
function overWebSocket({ page }: Person, message: string): Promise<unknown> {
  return page.evaluate(
    ({ url, message }) =>
      new Promise<unknown>((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => {
          socket.send(message);
        };
        socket.onmessage = ({ data }) => {
          resolve(data);
          socket.close();
        };
        socket.onerror = () => {
          resolve("refused");
        };
      }),
    { url: new URL("/socket", page.url().replace("http", "ws")).href, message },
  );
}

/** The first events that the host of the person's page sends. */
function events({ page }: Person, count: number): Promise<readonly unknown[]> {
  return page.evaluate(
    (count) =>
      new Promise<readonly unknown[]>((resolve) => {
        const seen: unknown[] = [];
        const source = new EventSource("/events");
        source.onmessage = ({ data }) => {
          seen.push(data);
          if (seen.length < count) return;
          source.close();
          resolve(seen);
        };
        source.onerror = () => {
          source.close();
          resolve([...seen, "refused"]);
        };
      }),
    count,
  );
}

function upload({ page }: Person, bytes: number): Promise<{ status: number; text: string }> {
  return page.evaluate(async (bytes) => {
    const response = await fetch("/upload", { method: "POST", body: new Blob([new Uint8Array(bytes)]) });
    return { status: response.status, text: await response.text() };
  }, bytes);
}
