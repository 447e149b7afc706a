import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { withBrowsers } from "../../cli/verify/browser";
import { withReplicas } from "../../cli/verify/replicas";
import { echoService, DevStack } from "../../dev/devStack";
import { serviceUrl, type Target } from "../../cli/verify/target";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/cluster";
import { eventually } from "../../cli/shared/eventually";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { imageNames } from "../../dev/images";
import { testCluster } from "../cluster/run";

const AUDIENCE = "echo";
const CALLER = "deployer";
const OTHER = "reader";
const TOKEN_FOLDER = "/var/run/secrets/callers";

/** Its own each time: the last one may still be on its way out. */
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
    const list = { apiVersion: "v1", kind: "List", items: team() };
    await kubectl(cluster, ["apply", "--server-side", "-f", "-"], JSON.stringify(list));
    const settings = { "portcullis:serviceAccountIssuer": { value: issuer } };
    const devStack = new DevStack(cluster, progress(), { zone: DEVELOPMENT_ZONE, settings });
    const serviceAccounts = [{ namespace: TEAM, name: CALLER }];
    target = await devStack.up({ ...echoService, machines: { serviceAccounts, audience: AUDIENCE } });
    echo = `${serviceUrl(target, "echo")}/`;
    await kubectl(cluster, ["wait", "-n", TEAM, "--for=condition=Ready", `pod/${CALLER}`, "--timeout=60s"]);
  });

  after(() => kubectl(cluster, ["delete", "namespace", TEAM, "--wait=false", "--ignore-not-found"]));

  const answered = (token: string) =>
    withBrowsers([], (fresh) =>
      fresh().ask(echo, { accept: "application/json", headers: { authorization: `Bearer ${token}` } }),
    );
  const tokenOf = (account: string, namespace: string, audience: string) =>
    kubectl(cluster, ["create", "token", account, "-n", namespace, "--audience", audience]);

  it("get in with the token of a pod's volume, and are told by their issuer and name", async () => {
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

  it("do not get in by another's token, nor by one that is for something else", async () => {
    const refused: readonly (readonly [string, string, number])[] = [
      ["another account", await tokenOf(OTHER, TEAM, AUDIENCE), 403],
      ["another namespace", await tokenOf("default", "default", AUDIENCE), 403],
      ["another audience", await tokenOf(CALLER, TEAM, "grafana"), 401],
      ["the API server's audience", await tokenOf(CALLER, TEAM, issuer), 401],
    ];
    for (const [what, token, status] of refused) assert.equal((await answered(token)).status, status, what);
  });
});

function team(): readonly object[] {
  const metadata = (name: string) => ({ name, namespace: TEAM });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM } },
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
