import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { auditHeaders } from "../../../cli/sessions/actor";
import { AdminApi, type IdentityDocument, type SessionDocument } from "../../../cli/sessions/adminApi";
import { restore } from "../../../cli/sessions/changes";
import { gatewayOf, peopleNamed, peopleOf, type Admissions } from "../../../cli/sessions/person";
import { asText, peopleTable } from "../../../cli/sessions/table";
import { Failure } from "../../../cli/shared/failure";

function identity(
  id: string,
  email: string | undefined,
  identifiers: string[],
  more: object = {},
): IdentityDocument {
  return {
    id,
    state: "active",
    metadata_public: email === undefined ? null : { email },
    credentials: { oidc: { identifiers } },
    ...more,
  };
}

function session(of: string, at: string): SessionDocument {
  return {
    id: `${of}-${at}`,
    authenticated_at: `2026-11-25T${at}:07.5Z`,
    expires_at: `2026-11-26T${at}:07.5Z`,
    identity: { id: of },
  };
}

const admissions: Admissions = {
  staff: { admit: "closed", identities: [{ subject: "urn:1", email: "alice@example.com" }] },
  google: { admit: { workspaceDomains: ["example.com"] }, hostedDomain: "example.com" },
  byHand: { admit: "closed" },
};

describe("whether a stack still admits a person", () => {
  const admitted = (document: IdentityDocument) => peopleOf([document], [], admissions)[0]?.isAdmitted;

  it("depends on the account's provider and subject, which may contain colons", () => {
    assert.equal(admitted(identity("1", "alice@example.com", ["staff:urn:1"])), true);
    assert.equal(admitted(identity("2", "bob@example.com", ["staff:urn:2"])), false);
    assert.equal(admitted(identity("3", "eve@example.com", ["byHand:7"])), true);
  });

  it("depends on what the mapper stored, not on what a visitor may have typed", () => {
    const workspace = (workspaceDomain: string) => ({ metadata_admin: { workspaceDomain } });
    assert.equal(admitted(identity("1", "a@example.com", ["google:1"], workspace("example.com"))), true);
    assert.equal(admitted(identity("1", "a@example.com", ["google:1"], workspace("other.example"))), false);
    const forged = { traits: { email: "a@example.com" } };
    assert.equal(admitted(identity("1", undefined, ["google:1"], forged)), false);
  });

  it("is no with a provider that the stack no longer has, or without an account", () => {
    assert.equal(admitted(identity("1", "a@example.com", ["gone:1"])), false);
    assert.equal(admitted(identity("1", "a@example.com", [])), false);
  });

  it("is not decided by one provider's list for another provider's account", () => {
    assert.equal(admitted(identity("1", "alice@example.com", ["google:urn:1"])), false);
  });

  it("is yes where one of several accounts is admitted", () => {
    assert.equal(admitted(identity("1", "a@example.com", ["gone:1", "staff:urn:1"])), true);
  });
});

describe("the people of a gateway", () => {
  const people = peopleOf(
    [
      identity("2", "bob@example.com", ["staff:urn:2"], { state: "inactive" }),
      identity("1", "alice@example.com", ["staff:urn:1"]),
    ],
    [session("1", "08:10"), session("1", "09:30")],
    admissions,
  );

  it("are a table, sorted by name, with the latest of their sessions", () => {
    assert.deepEqual(asText(peopleTable(people)).split("\n"), [
      "E-MAIL             SIGNS IN BY  STATE     ADMITTED  SESSIONS  LAST SIGN-IN       UNTIL",
      "alice@example.com  staff        active    yes       2         2026-11-25 09:30Z  2026-11-26 09:30Z",
      "bob@example.com    staff        inactive  no        0",
    ]);
  });

  it("are found by their address in any case, and all unknown addresses are reported", () => {
    assert.deepEqual(
      peopleNamed(people, ["ALICE@example.com"]).map(({ id }) => id),
      ["1"],
    );
    assert.throws(
      () => peopleNamed(people, ["x@example.com", "alice@example.com", "y@example.com"]),
      (error) => error instanceof Failure && error.message.includes("x@example.com, y@example.com"),
    );
  });

  it("are those of a stack that has a gateway", () => {
    assert.deepEqual(gatewayOf({ namespace: "login", admissions, loginUi: "…" }), {
      namespace: "login",
      admissions,
    });
    assert.throws(() => gatewayOf({ services: {} }), Failure);
  });
});

describe("letting a person sign in again", () => {
  const changes = (state: "active" | "inactive", sessions: readonly SessionDocument[]) => {
    const [alice] = peopleOf(
      [identity("1", "alice@example.com", ["staff:urn:1"], { state })],
      sessions,
      admissions,
    );
    assert.ok(alice);
    return restore(["alice@example.com"]).changesOf(alice);
  };

  it("first ends the earlier sessions, which would be valid again", async () => {
    const asked: string[] = [];
    const api = {
      endSessions: (id: string) => Promise.resolve(void asked.push(`end ${id}`)),
      setState: (id: string, state: string) => Promise.resolve(void asked.push(`${state} ${id}`)),
    } as unknown as AdminApi;
    const [alice] = peopleOf([identity("1", "alice@example.com", ["staff:urn:1"])], [], admissions);
    assert.ok(alice);
    for (const { apply } of changes("inactive", [session("1", "10:00"), session("1", "11:00")]))
      await apply(api, alice);
    assert.deepEqual(asked, ["end 1", "active 1"]);
  });

  it("ends nothing where there are no sessions, and leaves alone an active person", () => {
    assert.deepEqual(
      changes("inactive", []).map(({ done }) => done),
      ["may sign in again"],
    );
    assert.deepEqual(changes("active", [session("1", "10:00")]), []);
  });
});

describe("the admin API", () => {
  let server: Server;
  let asked: string[];
  let queries: URLSearchParams[];
  let told: string[];
  let pageAfter: (page: number) => number | undefined;
  let base: string;
  let api: AdminApi;

  beforeEach(async () => {
    asked = [];
    queries = [];
    told = [];
    pageAfter = (page) => (page < 3 ? page + 1 : undefined);
    server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://admin");
      void text(request).then((body) => {
        const { "x-portcullis-actor": actor, "x-portcullis-action": action } = request.headers;
        told.push(`${String(actor)}: ${String(action)}`);
        asked.push(`${request.method} ${url.pathname}${body === "" ? "" : ` ${body}`}`);
        queries.push(url.searchParams);
        if (url.pathname.endsWith("/broken")) return response.writeHead(500).end("no database");
        if (request.method !== "GET")
          return response.writeHead(url.pathname.includes("none") ? 404 : 200).end("{}");
        const page = Number(url.searchParams.get("page_token") ?? 1);
        const next = pageAfter(page);
        if (next !== undefined && asked.length < 10) {
          url.searchParams.set("page_token", String(next));
          const first = `<${url.pathname}?page_size=250>; rel="first"`;
          response.setHeader("link", `${first},<${url.pathname}${url.search}>; rel="next"`);
        }
        return response.end(JSON.stringify([identity(String(page), `${page}@example.com`, ["staff:1"])]));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    api = new AdminApi(base);
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("lists identities to the last page", async () => {
    const ids = (await api.identities()).map(({ id }) => id);
    assert.deepEqual(ids, ["1", "2", "3"]);
  });

  it("stops where it names a page that was already read", async () => {
    for (const after of [() => 2, (page: number) => (page === 2 ? 3 : 2)]) {
      asked = [];
      pageAfter = after;
      await assert.rejects(api.identities(), new Failure("The identity server's list does not end."));
      assert.ok(asked.length <= 3, `${asked.length} pages`);
    }
  });

  it("lists only active sessions", async () => {
    await assert.rejects(api.sessions(), "these are identities");
    assert.deepEqual(asked, ["GET /admin/sessions"]);
    assert.equal(queries[0]?.get("active"), "true");
  });

  it("changes only one identity's state, and ends sessions, of which there may be none", async () => {
    await api.setState("1", "inactive");
    await api.endSessions("none");
    assert.deepEqual(asked, [
      'PATCH /admin/identities/1 [{"op":"replace","path":"/state","value":"inactive"}]',
      "DELETE /admin/identities/none/sessions",
    ]);
  });

  it("learns with each request who makes the change, for Kratos' log", async () => {
    const audited = new AdminApi(base, auditHeaders("système:alice\n", "revoke --email"));
    await audited.endSessions("1");
    assert.equal(told.at(-1), "syst%C3%A8me:alice%0A: revoke --email");
    await api.endSessions("1");
    assert.equal(told.at(-1), "undefined: undefined");
  });

  it("reports its errors", async () => {
    await assert.rejects(
      api.setState("broken", "active"),
      /answers 500 at \/admin\/identities\/broken: no database/,
    );
  });
});
