import assert from "node:assert/strict";
import { request as http } from "node:http";
import { droppedHeaders, refusedHeaders } from "../../documents/shared/trustedHeaders";
import { nginxPorts } from "../../documents/rules/ports";
import type { UpstreamOptions } from "../../documents/rules/upstreamOptions";
import { eventually } from "../../cli/shared/eventually";
import { call, callStream, type Call, type Called } from "../grpc/client";
import { writtenRules } from "../writtenRules";
import { startGrpc } from "./grpcServer";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const hostOf = (name: string) => `${name}.apps.example.com`;
/** The same as the server's, which sends them with every call. */
const trailers = { "grpc-message": "caf%C3%A9 %25", "x-note": "two  words, (1)", "x-raw-bin": "AP/+" };
const serverName = "upstream.example.com";

interface Told {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly client?: string;
}

describe("a gRPC service", () => {
  let pod: ProxyPod;

  const rulesOf = (name: string, upstream: string, options: UpstreamOptions = {}) =>
    writtenRules(name, { upstreamOptions: { protocol: "grpc", ...options } }, upstream);

  const made = (name: string, asked: Partial<Call> = {}) =>
    call(`http://127.0.0.1:${nginxPorts.proxy}`, {
      host: hostOf(name),
      method: "/acme.v1.Echo/Unary",
      ...asked,
      metadata: { "x-forwarded-proto": "https", ...asked.metadata },
    });
  const byAlice = (name: string, asked: Partial<Call> = {}) =>
    made(name, { ...asked, metadata: { ...as("alice"), ...asked.metadata } });
  const streamed = (metadata: Call["metadata"] = {}) =>
    callStream(
      (asked) => byAlice("calls", { ...asked, metadata }),
      (asked) => byAlice("calls", asked),
    );
  const told = ({ messages: [first] }: Called) => JSON.parse(String(first)) as Told;
  const contents = ({ messages: [, ...others] }: Called) => others.map(String);

  before(async () => {
    pod = await ProxyPod.shared();
    const plain = `http://${await startGrpc(9090)}`;
    const secure = `https://${await startGrpc(9443, { certificate: true })}`;
    const internal = { authorities: "internal", serverName };
    await pod.follow([
      ...rulesOf("calls", plain),
      ...writtenRules(
        "listed",
        {
          upstreamOptions: { protocol: "grpc", credentials: "key" },
          access: { emails: ["alice@example.com"] },
          headers: { "X-Scope-OrgID": "team-a" },
          publicPaths: [{ path: "/grpc.health.v1.Health", match: "prefix", methods: ["POST"] }],
        },
        plain,
      ),
      ...rulesOf("internal", secure, { tls: internal }),
      ...rulesOf("shown", secure, { tls: { ...internal, clientCertificate: "proxy" } }),
      ...rulesOf("unknown", secure),
      ...rulesOf("misnamed", secure, { tls: { ...internal, serverName: "other.example.com" } }),
      ...rulesOf("unverified", secure, { tls: { verify: false } }),
      ...rulesOf("impatient", plain, { timeouts: { read: "1s" } }),
      ...rulesOf("small", plain, { maxBodySize: "3k" }),
      ...rulesOf("down", "http://10.9.9.9:9"),
      ...writtenRules("pages", {}, `http://${Upstream.address}`),
    ]);
  });

  it("gets a call as the client made it, and its messages, headers and trailers come back byte for byte", async () => {
    const messages = [Buffer.from([0, 255, 10, 13]), Buffer.alloc(300_000, "a")];
    const answer = await byAlice("calls", {
      messages,
      metadata: { "x-meta-bin": "AP/+", "grpc-timeout": "5S" },
    });
    const { headers } = told(answer);
    assert.deepEqual(
      [headers[":method"], headers[":path"], headers["host"], headers["te"], headers["content-type"]],
      ["POST", "/acme.v1.Echo/Unary", hostOf("calls"), "trailers", "application/grpc"],
    );
    assert.deepEqual([headers["x-meta-bin"], headers["grpc-timeout"]], ["AP/+", "5S"]);
    assert.equal(headers["x-user-email"], "alice@example.com");
    assert.equal(headers["cookie"], undefined);
    assert.deepEqual(answer.messages.slice(1), messages);
    assert.equal(answer.headers["content-type"], "application/grpc+proto");
    assert.deepEqual(answer.trailers, { "grpc-status": "0", ...trailers });
  });

  it("answers one message at a time, and ends with its own status", async () => {
    const answer = await streamed();
    assert.deepEqual(contents(answer), ["one", "two", "three"]);
    assert.equal(answer.code, 9);
    const refused = await byAlice("calls", { method: "/acme.v1.Echo/Refuse" });
    assert.deepEqual([refused.code, refused.headers["grpc-message"], refused.trailers], [5, "no%20such", {}]);
  });

  it("gets and answers the messages of one call in turn", async () => {
    const messages = ["one", "two", "three"].map((text) => Buffer.from(text));
    // A proxy that kept a message back until more arrive would wait forever.
    const answer = await byAlice("calls", { method: "/acme.v1.Echo/Chat", messages, inTurn: true });
    assert.deepEqual(contents(answer), ["one", "two", "three"]);
  });

  it("refuses a call with a status that a gRPC client reads", async () => {
    const ends = async (answer: Promise<Called>) => {
      const { status, code, headers, messages, trailers: none } = await answer;
      assert.deepEqual([status, headers["content-type"], messages.length], [200, "application/grpc", 0]);
      assert.deepEqual(none, {});
      assert.match(String(headers["x-request-id"]), /^[0-9a-f]{32}$/);
      return [code, headers["grpc-message"]];
    };
    assert.deepEqual(await ends(made("calls")), [16, "Please sign in"]);
    const metadata = as("bob");
    assert.deepEqual(await ends(made("listed", { metadata })), [7, "This service is not open to you"]);
    assert.deepEqual(await ends(byAlice("nobody")), [12, "There is no such service"]);
    assert.deepEqual(await ends(byAlice("down")), [14, "The service does not answer"]);
    const slow = byAlice("impatient", { method: "/acme.v1.Echo/Silent" });
    assert.deepEqual(await ends(slow), [4, "The service takes too long"]);
    const large = byAlice("small", { messages: [Buffer.alloc(4000)] });
    assert.deepEqual(await ends(large), [8, "This is too large"]);
    pod.kratos.state = "ill";
    try {
      const fresh = as("fresh");
      assert.deepEqual(await ends(made("calls", { metadata: fresh })), [14, "Please wait a moment"]);
    } finally {
      pod.kratos.state = "well";
    }
  });

  it("answers other clients than gRPC's with pages and JSON", async () => {
    const asked = { host: hostOf("calls"), headers: { accept: "text/html" } };
    assert.equal((await pod.ask("/", asked)).status, 302);
    const web = { host: hostOf("calls"), headers: { "content-type": "application/grpc-web" } };
    assert.equal((await pod.ask("/", web)).status, 401);
    // HTTP/1.1 has no trailers that could carry a status.
    const old = { host: hostOf("calls"), headers: { "content-type": "application/grpc" } };
    assert.equal((await pod.ask("/", old)).status, 401);
  });

  it("gets no identity that a client writes into the metadata of a call", async () => {
    const forged = {
      "x-user-id": "forged",
      "x-user-email": "forged@example.com",
      "x-portcullis-rule": "forged",
      "x-portcullis-machine": "1",
      "x-portcullis-claims": "forged",
      "x-forwarded-host": "forged.example.com",
      "x-forwarded-method": "GET",
      "x-scope-orgid": "forged",
      "x-api-key": "forged",
      x_user_id: "forged",
      "x_user-email": "forged",
      "x.user.id": "forged",
      ...Object.fromEntries(Object.keys(droppedHeaders).map((name) => [name.toLowerCase(), "forged"])),
    };
    const { headers } = told(await byAlice("listed", { metadata: forged }));
    assert.equal(headers["x-user-email"], "alice@example.com");
    assert.equal(headers["x-forwarded-host"], hostOf("listed"));
    assert.deepEqual([headers["x-scope-orgid"], headers["x-api-key"]], ["team-a", "Key ${dollar}secret"]);
    const left = Object.entries(headers).filter(([, value]) => value?.includes("forged"));
    assert.deepEqual(left, []);
    for (const name of Object.keys(refusedHeaders))
      assert.equal((await byAlice("listed", { metadata: { [name.toLowerCase()]: "forged" } })).code, 3, name);
  });

  it("is not reached by a Host header other than the name that is judged", async () => {
    const other = await byAlice("calls", { metadata: { host: hostOf("listed") } });
    assert.equal(other.code, 3);
    const same = await byAlice("calls", { metadata: { host: hostOf("calls") } });
    assert.equal(told(same).headers["host"], hostOf("calls"));
  });

  it("is reached where the client writes the scheme's own port behind the host, as gRPC's libraries do", async () => {
    const named = (authority: string, proto = "https") =>
      byAlice("calls", { host: authority, metadata: { "x-forwarded-proto": proto } });
    const whole = await named(`${hostOf("calls")}:443`);
    assert.equal(told(whole).headers["host"], `${hostOf("calls")}:443`);
    for (const other of [await named(`${hostOf("calls")}:80`), await named(`${hostOf("calls")}:443`, "http")])
      assert.equal(other.code, 12);
    const open = await made("listed", {
      host: `${hostOf("listed")}:443`,
      method: "/grpc.health.v1.Health/Unary",
    });
    assert.equal(open.code, 0);
  });

  it("has methods that need no session, where its rule says so, and gets no secret header there", async () => {
    const open = told(await made("listed", { method: "/grpc.health.v1.Health/Unary" }));
    assert.deepEqual([open.headers["x-user-id"], open.headers["x-api-key"]], [undefined, undefined]);
    assert.equal((await made("listed", { method: "/grpc.health.v1.Healthy/Unary" })).code, 16);
    assert.equal((await made("listed", { method: "/x/../grpc.health.v1.Health/Unary" })).code, 16);
  });

  it("over TLS is trusted by its authorities and name, and sees a certificate only by the rule that says so", async () => {
    const names = ["unknown", "internal", "misnamed", "unverified"];
    const codes = await Promise.all(names.map(async (name) => (await byAlice(name)).code));
    assert.deepEqual(codes, [14, 0, 14, 0]);
    for (let round = 0; round < 5; round++) {
      assert.equal(told(await byAlice("shown")).client, "proxy.example.com");
      assert.equal(told(await byAlice("internal")).client, undefined);
      assert.equal((await byAlice("unknown")).code, 14);
    }
  });

  it("continues open calls while the rules change", async () => {
    const rules = [...rulesOf("calls", "http://10.9.9.9:9090"), ...rulesOf("newer", "http://10.9.9.9:9090")];
    const messages = ["before", "after", "later"].map((text) => Buffer.from(text));
    let change: Promise<void> | undefined;
    const open = await byAlice("calls", {
      ...{ method: "/acme.v1.Echo/Chat", messages, inTurn: true },
      pause: () => (change ??= pod.follow(rules)),
    });
    assert.deepEqual([open.code, contents(open)], [0, ["before", "after", "later"]]);
    assert.equal((await byAlice("newer")).code, 0);
    await pod.follow([...rules, ...writtenRules("pages", {}, `http://${Upstream.address}`)]);
  });

  it("has the status of a call in the audit line and the metrics", async () => {
    const id = "a-call-of-grpc-1";
    await streamed({ "x-request-id": id });
    await made("calls", { metadata: { "x-request-id": `${id}-refused` } });
    const line = (request: string) =>
      eventually(() => {
        const found = pod
          .log()
          .split("\n")
          .find((one) => one.includes(`"request":"${request}"`));
        return found === undefined
          ? Promise.reject(new Error("no line"))
          : Promise.resolve(JSON.parse(found) as Readonly<Record<string, unknown>>);
      });
    const { status, grpcStatus, decision, rule, path } = await line(id);
    assert.deepEqual(
      [status, grpcStatus, decision, rule, path],
      [200, "9", "allowed", "calls.team", "/acme.v1.Echo/Stream"],
    );
    const refused = await line(`${id}-refused`);
    assert.deepEqual(
      [refused["grpcStatus"], refused["decision"], refused["reason"]],
      ["16", "refused", "unauthorized"],
    );
    const { body } = await pod.ask("/metrics", { port: nginxPorts.metrics });
    assert.match(
      body,
      /requests_total\{status_code="400",decision="allowed",reason="session",rule="calls.team"\}/,
    );
    assert.match(
      body,
      /requests_total\{status_code="401",decision="refused",reason="unauthorized",rule=""\}/,
    );
  });
});

describe("another service behind the listener that takes HTTP/2", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    await pod.follow(writtenRules("pages", {}, `http://${Upstream.address}`));
  });

  it("gets HTTP/1.1, whatever its client speaks", async () => {
    const { headers } = await call(`http://127.0.0.1:${nginxPorts.proxy}`, {
      host: hostOf("pages"),
      method: "/a%2Fb?c=1",
      metadata: { ...as("alice"), "x-forwarded-proto": "https", "x-user-id": "forged" },
    });
    assert.equal(headers[":status"], 200);
    const seen = await pod.seen("/a%2Fb?c=1", { host: hostOf("pages"), headers: as("alice") });
    assert.deepEqual([seen.url, seen.headers["host"]], ["/a%2Fb?c=1", hostOf("pages")]);
  });

  it("does not switch to HTTP/2 on an Upgrade", async () => {
    const asked =
      `GET / HTTP/1.1\r\nHost: ${hostOf("pages")}\r\nX-Forwarded-Proto: https\r\nCookie: ${as("alice").cookie}\r\n` +
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert.match(await pod.send(asked), /^HTTP\/1\.1 200 /);
  });

  it("passes on no trailers: nginx drops those of HTTP/1.1", async () => {
    const answer = await new Promise<{ readonly trailers: NodeJS.Dict<string>; readonly body: string }>(
      (resolve, reject) => {
        const asked = http(
          {
            ...{ host: "127.0.0.1", port: nginxPorts.proxy, path: Upstream.trailing },
            headers: { host: hostOf("pages"), te: "trailers", "x-forwarded-proto": "https", ...as("alice") },
          },
          (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
            response.once("end", () => {
              resolve({ trailers: response.trailers, body });
            });
          },
        );
        asked.once("error", reject).end();
      },
    );
    assert.equal((JSON.parse(answer.body) as Told).headers["te"], undefined);
    assert.deepEqual(answer.trailers, {});
  });
});
