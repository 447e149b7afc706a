import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { withBrowsers } from "../../cli/verify/browser";
import { withReplicas } from "../../cli/verify/replicas";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { imageNames } from "../../dev/images";
import { testCluster } from "../cluster/run";
import { call, callStream, type Call, type Called } from "../grpc/client";
import { grpcServer, grpcUpstream } from "../grpc/manifests";
import { serviceUrl } from "../cluster/serviceUrl";

const AUDIENCE = "echo";
const ADDRESS = "alice@example.com";
const CALLER = "deployer";
const OTHER = "reader";
const CALLS = "calls";
const TOKEN_FOLDER = "/var/run/secrets/callers";

/** A new one each time: the last one may still be terminating. */
const TEAM = `portcullis-callers-${randomBytes(3).toString("hex")}`;

describe("service accounts of the cluster that use a service", () => {
  let cluster: DevCluster;
  let issuer: string;
  let echo: string;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    const discovery = await kubectl(cluster, ["get", "--raw", "/.well-known/openid-configuration"]);
    ({ issuer } = JSON.parse(discovery) as { issuer: string });
    await applyObjects(cluster, ...team());
    const settings = { "portcullis:serviceAccountIssuer": { value: issuer } };
    const machines = { serviceAccounts: [{ namespace: TEAM, name: CALLER }], audience: AUDIENCE };
    const services = {
      [CALLS]: { upstream: grpcUpstream(TEAM, CALLS), machines, access: { emails: [ADDRESS] } },
    };
    const devStack = new DevStack(cluster, progress(), { zone: DEVELOPMENT_ZONE, settings, services });
    target = await devStack.up({ ...echoService, machines });
    echo = `${serviceUrl(target, "echo")}/`;
    await kubectl(cluster, [
      "wait",
      "-n",
      TEAM,
      "--for=condition=Ready",
      `pod/${CALLER}`,
      `pod/${CALLS}`,
      "--timeout=180s",
    ]);
  });

  after(() => kubectl(cluster, ["delete", "namespace", TEAM, "--wait=false", "--ignore-not-found"]));

  const answered = (token: string) =>
    withBrowsers([], (fresh) =>
      fresh().ask(echo, { accept: "application/json", headers: { authorization: `Bearer ${token}` } }),
    );
  const tokenOf = (account: string, namespace: string, audience: string) =>
    kubectl(cluster, ["create", "token", account, "-n", namespace, "--audience", audience]);

  it("get in with the token of a pod's volume, and are named to the service by issuer and account", async () => {
    const mounted = await kubectl(cluster, [
      "exec",
      "-n",
      TEAM,
      CALLER,
      "--",
      "cat",
      `${TOKEN_FOLDER}/token`,
    ]);
    // Each replica follows the rules by itself.
    const { host } = new URL(echo);
    await withReplicas(cluster, target.namespace, (replicas) =>
      Promise.all(
        replicas.map((replica) =>
          eventually(
            async () => {
              const asked = { host, accept: "application/json", authorization: `Bearer ${mounted}` };
              const answer = await request(replica, { headers: asked });
              await answer.body.dump();
              assert.equal(answer.statusCode, 200);
            },
            { seconds: 70 },
          ),
        ),
      ),
    );
    const { headers } = await eventually(
      async () => {
        const { status, body } = await answered(mounted);
        assert.equal(status, 200, body);
        return JSON.parse(body) as { headers: Record<string, string> };
      },
      { seconds: 70 },
    );
    assert.equal(headers["x-user-id"], `machine:${issuer}|system:serviceaccount:${TEAM}:${CALLER}`);
    assert.equal(headers["x-user-email"], undefined);
  });

  it("do not get in with another account's token, or with one for another audience", async () => {
    const refused: readonly (readonly [string, string, number])[] = [
      ["another account", await tokenOf(OTHER, TEAM, AUDIENCE), 403],
      ["another namespace", await tokenOf("default", "default", AUDIENCE), 403],
      ["another audience", await tokenOf(CALLER, TEAM, "grafana"), 401],
      ["the API server's audience", await tokenOf(CALLER, TEAM, issuer), 401],
    ];
    for (const [what, token, status] of refused) assert.equal((await answered(token)).status, status, what);
  });

  describe("by gRPC", () => {
    let token: string;

    const called = (more: Partial<Call> = {}) =>
      call(`http://127.0.0.1:${cluster.instance.port}`, {
        host: new URL(serviceUrl(target, CALLS)).host,
        method: "/acme.v1.Echo/Unary",
        ...more,
      });
    const metadata = (of = token) => ({ authorization: `Bearer ${of}` });
    const told = ({ messages: [first] }: Called) =>
      (JSON.parse(String(first)) as { headers: Record<string, string> }).headers;

    before(async () => {
      token = await tokenOf(CALLER, TEAM, AUDIENCE);
      await eventually(
        async () => {
          assert.equal((await called({ metadata: metadata() })).code, 0);
        },
        { seconds: 70 },
      );
    });

    it("get messages, status and trailers through the ingress controller as the service sends them", async () => {
      const messages = [Buffer.from([0, 255, 10, 13]), Buffer.alloc(100_000, "a")];
      const unary = await called({
        messages,
        metadata: { ...metadata(), "x-user-id": "forged", "x-user-email": "a@b.c" },
      });
      assert.deepEqual([unary.status, unary.messages.slice(1)], [200, messages]);
      assert.deepEqual(unary.trailers, {
        "grpc-status": "0",
        "grpc-message": "caf%C3%A9 %25",
        "x-note": "two  words, (1)",
        "x-raw-bin": "AP/+",
      });
      assert.equal(told(unary)["x-user-id"], `machine:${issuer}|system:serviceaccount:${TEAM}:${CALLER}`);
      assert.equal(told(unary)["x-user-email"], undefined);
      const stream = await callStream((asked) => called({ ...asked, metadata: metadata() }));
      assert.deepEqual([stream.messages.slice(1).map(String), stream.code], [["one", "two", "three"], 9]);
      const parts = ["one", "two"].map((text) => Buffer.from(text));
      const chat = await called({
        method: "/acme.v1.Echo/Chat",
        messages: parts,
        inTurn: true,
        metadata: metadata(),
      });
      assert.deepEqual(chat.messages.slice(1), parts);
      const none = await called({ method: "/acme.v1.Echo/Refuse", metadata: metadata() });
      assert.deepEqual([none.code, none.headers["grpc-message"]], [5, "no%20such"]);
    });

    it("are refused with a status that gRPC clients read, and so are people", async () => {
      assert.equal((await called()).code, 16);
      assert.equal((await called({ metadata: metadata(await tokenOf(CALLER, TEAM, "grafana")) })).code, 16);
      assert.equal((await called({ metadata: metadata(await tokenOf(OTHER, TEAM, AUDIENCE)) })).code, 7);
      await withBrowsers([], async (fresh) => {
        for (const [person, code] of [
          [people.admitted, 0],
          ["bob", 7],
        ] as const) {
          const browser = fresh();
          await signIn(browser, target.service, "stub", person);
          const cookie = await browser.cookies.getCookieString(target.service);
          const answer = await called({ metadata: { cookie, "x-user-email": "forged@example.com" } });
          assert.equal(answer.code, code, person);
          if (code === 0) assert.equal(told(answer)["x-user-email"], ADDRESS);
        }
      });
    });

    it("leave the answers for other clients unchanged, at this service and at others", async () => {
      const page = await withBrowsers([], (fresh) =>
        fresh().ask(new URL("/", serviceUrl(target, CALLS)).href, { accept: "application/json" }),
      );
      assert.equal(page.status, 401, "whoever is no gRPC client reads a status of HTTP");
      assert.equal((await answered(token)).status, 200);
    });
  });
});

function team(): readonly object[] {
  const metadata = (name: string) => ({ name, namespace: TEAM });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM } },
    ...grpcServer(TEAM, CALLS),
    ...[CALLER, OTHER].map((name) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadata(name),
    })),
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata(CALLER),
      spec: {
        serviceAccountName: CALLER,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "caller",
            image: imageNames.busybox,
            command: ["sleep", "3600"],
            volumeMounts: [{ name: "token", mountPath: TOKEN_FOLDER }],
          },
        ],
        volumes: [
          {
            name: "token",
            projected: {
              sources: [
                { serviceAccountToken: { audience: AUDIENCE, path: "token", expirationSeconds: 600 } },
              ],
            },
          },
        ],
      },
    },
  ];
}
