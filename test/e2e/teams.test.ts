import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http2";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { Browser, withBrowsers } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { CommandError } from "../../cli/shared/exec";
import { fixtureService } from "../../dev/fixtures/manifests";
import { checkout } from "../../dev/checkout";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { checkStack, runStack, type StackCommand, type StackResult } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { hostsAnnotation } from "../../documents/admission/hosts";
import { nginxPorts } from "../../documents/rules/ports";
import { enter } from "../cluster/enter";
import { underLoad } from "../cluster/load";
import { testCluster } from "../cluster/run";
import { call, callStream } from "../grpc/client";
import { grpcServer, grpcUpstream } from "../grpc/manifests";

const upstream = { ...fixtureService("echo"), port: 80 };
const TEAM = upstream.namespace;
const SERVICE = "team-echo";
const CALLS = "team-calls";
const CHART_CALLS = "chart-calls";
const ACCOUNT = "team";
/** Has more labels than a wildcard of an Ingress covers. */
const DEEP_HOST = `echo.team-a.${DEVELOPMENT_ZONE}`;
const HOSTS = [`${SERVICE}.${DEVELOPMENT_ZONE}`, DEEP_HOST];
/** Who is in the group that the team names, by the gateway's stack. */
const groups = { sre: { emails: ["alice@example.com"] } };
const ofGroup = { upstream, hosts: HOSTS, access: { groups: Object.keys(groups) } };

const GATEWAY_API = "gateway.networking.k8s.io";
const REFERENCE_GRANTS = `referencegrants.${GATEWAY_API}`;
const httpRoutes = {
  kind: "gatewayApi",
  parentRef: { namespace: "ingress", name: "traefik" },
  namespaces: [TEAM],
};

interface Grant {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly managedFields: readonly { readonly apiVersion: string }[];
  };
}

interface Kubeconfig {
  readonly users: readonly { readonly name: string }[];
}

describe("another team's service, from a stack and with rights of its own", () => {
  const gatewayRights = ["--as", `system:serviceaccount:${TEAM}:${ACCOUNT}`, "--namespace", "portcullis"];
  let cluster: DevCluster;
  let kubeconfig: string;
  let target: Target;
  let url: string;
  let deepUrl: string;
  let services: Record<string, object> = { [SERVICE]: ofGroup };

  before(async () => {
    cluster = await testCluster();
    url = `http://${SERVICE}.${cluster.instance.domain}/page?x=1`;
    deepUrl = `http://echo.team-a.${cluster.instance.domain}/page?x=1`;
  });

  /** The gateway with another route. */
  const gatewayOf = async (route: object) => {
    const file = parse(await readFile(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
      config: { "portcullis:route": { from: object[] } };
    };
    const { from } = file.config["portcullis:route"];
    const settings = {
      "portcullis:route": { value: { ...route, from } },
      "portcullis:groups": { value: groups },
    };
    const variant = { zone: DEVELOPMENT_ZONE, insecureDevMode: false, settings };
    return new DevStack(cluster, progress(), variant);
  };
  const gatewayWith = async (route: object) => {
    target = await (await gatewayOf(route)).up();
  };
  const gatewayOfGrant = (version: string) => gatewayOf({ ...httpRoutes, referenceGrants: version });
  const grant = async () => {
    const found = await kubectl(cluster, [
      ...["get", REFERENCE_GRANTS, "--namespace", target.namespace],
      ...["--output=json", "--show-managed-fields"],
    ]);
    const { items } = JSON.parse(found) as { readonly items: readonly Grant[] };
    return items.map(({ metadata: { name, uid, managedFields } }) => ({
      name,
      uid,
      written: managedFields.map(({ apiVersion }) => apiVersion),
    }));
  };
  /** Does some work, while every request for the team's service gets the same answer as before and after it. */
  const whileAnswered = async <T>(work: () => Promise<T>): Promise<T> => {
    const [somebody, nobody] = [new Browser(), new Browser()];
    const results: T[] = [];
    try {
      await enter(somebody, url, people.admitted);
      const stream = (browser: Browser, accept: string, status: number) => ({
        ask: () => browser.ask(url, { accept }),
        expected: (answer: { readonly status: number }) => answer.status === status,
        perSecond: 20,
      });
      const streams = {
        "somebody signed in": stream(somebody, "text/html", 200),
        nobody: stream(nobody, "application/json", 401),
      };
      const reports = await underLoad(streams, async () => {
        results.push(await work());
        // The controller sees a changed grant later than the engine; the test waits for the absence of events.
        await sleep(3000);
      });
      for (const [name, { asked, wrong }] of Object.entries(reports)) {
        assert.deepEqual(wrong, {}, `${name}, ${asked} times`);
        assert.ok(asked > 60, `${name} asked ${asked} times`);
      }
    } finally {
      await Promise.all([somebody.close(), nobody.close()]);
    }
    const [result] = results;
    assert.ok(result !== undefined);
    return result;
  };
  const own = (hosts: readonly string[]) =>
    kubectl(cluster, ["annotate", "--overwrite", "namespace", TEAM, `${hostsAnnotation}=${hosts.join()}`]);
  const request = () => ({
    stack: "team",
    program: join(checkout, "stacks/team/index.ts"),
    cluster: { kubeconfig, stateFolder: cluster.stateFolder },
    overlay: {
      "portcullis:gateway": { value: { stack: "organization/portcullis/dev" } },
      "portcullis:namespace": { value: TEAM },
      "portcullis:services": { value: services },
    },
  });
  const team = (command: StackCommand): Promise<StackResult> => runStack({ ...request(), command });
  const named = (kinds: string) =>
    kubectl(cluster, [
      ...["get", kinds, "--all-namespaces", "--selector", `app.kubernetes.io/instance=portcullis-${SERVICE}`],
      "--output=jsonpath={range .items[*]}{.metadata.namespace}/{.kind} {end}",
    ]);
  const deepHostAnswers = (status: number) =>
    eventually(
      () =>
        withBrowsers([], async (fresh) => {
          const answer = await fresh().ask(deepUrl, { accept: "application/json" });
          assert.equal(answer.status, status, answer.body);
        }),
      { seconds: 20 },
    );
  const isProtected = () =>
    eventually(
      () =>
        withBrowsers([], async (fresh) => {
          const anonymous = await fresh().ask(url, { accept: "application/json" });
          assert.equal(anonymous.status, 401);
          const visitor = await signIn(fresh(), url, "stub", people.admitted);
          assert.deepEqual({ status: visitor.status, url: visitor.url }, { status: 200, url });
          // Admitted by the login provider, but not in the group.
          assert.equal((await signIn(fresh(), url, "stub", people.alsoAdmitted)).status, 403);
        }),
      { seconds: 20 },
    );

  /** A call with a session gets through to the server, and one without is refused. */
  const answersCalls = (host: string) =>
    withBrowsers([], async (fresh) => {
      const visitor = fresh();
      await signIn(visitor, url, "stub", people.admitted);
      const cookie = await visitor.cookies.getCookieString(url);
      const called = (metadata: OutgoingHttpHeaders) =>
        callStream((asked) =>
          call(`http://127.0.0.1:${cluster.instance.port}`, { host, metadata, ...asked }),
        );
      await eventually(
        async () => {
          const { code, messages } = await called({ cookie });
          assert.deepEqual([code, messages.slice(1).map(String)], [9, ["one", "two", "three"]]);
        },
        { seconds: 20 },
      );
      assert.equal((await called({})).code, 16);
    });

  it("is refused by the API server until the namespace owns the host", async () => {
    await gatewayWith(httpRoutes);
    kubeconfig = await limitedKubeconfig(cluster);
    await kubectl(cluster, ["annotate", "namespace", TEAM, `${hostsAnnotation}-`]);
    await assert.rejects(
      team("preview"),
      (error) => error instanceof CommandError && error.output.includes("does not own this host"),
    );
  });

  it("is open to a group of the gateway's by its own HTTPRoute, which the gateway's ReferenceGrant allows", async () => {
    await own(HOSTS);
    const { outputs } = await team("up");
    assert.deepEqual(outputs["services"], { [SERVICE]: new URL(url).origin });
    await isProtected();
    await deepHostAnswers(401);
    const kinds = "ingresses,httproutes,rules.oathkeeper.ory.sh,networkpolicies";
    assert.deepEqual(
      (await named(kinds)).trim().split(" ").sort(),
      ["HTTPRoute", "NetworkPolicy", "Rule"].map((kind) => `${TEAM}/${kind}`),
    );
    assert.equal(await kubectl(cluster, ["get", "ingress", "--namespace", target.namespace]), "");
  });

  it("may be a gRPC service, whose HTTPRoute leads to the proxy's Service for gRPC", async () => {
    await own([...HOSTS, `${CALLS}.${DEVELOPMENT_ZONE}`]);
    await applyObjects(cluster, ...grpcServer(TEAM, CALLS));
    await kubectl(cluster, ["wait", "-n", TEAM, "--for=condition=Ready", `pod/${CALLS}`, "--timeout=180s"]);
    services = { ...services, [CALLS]: { upstream: grpcUpstream(TEAM, CALLS) } };
    await team("up");
    await answersCalls(`${CALLS}.${cluster.instance.domain}`);
  });

  it("may be a gRPC service behind a GRPCRoute of its chart, which the gateway's ReferenceGrant allows", async () => {
    const host = `${CHART_CALLS}.${DEVELOPMENT_ZONE}`;
    await own([...HOSTS, `${CALLS}.${DEVELOPMENT_ZONE}`, host]);
    const asked = services;
    services = { ...asked, [CHART_CALLS]: { upstream: grpcUpstream(TEAM, CALLS), route: "none" } };
    await team("up");
    await applyObjects(cluster, grpcRoute(host, target.namespace));
    await answersCalls(`${CHART_CALLS}.${cluster.instance.domain}`);
    await kubectl(cluster, ["delete", "grpcroute", CHART_CALLS, "--namespace", TEAM]);
    services = asked;
    await team("up");
  });

  it("is refused in preview where it names a group that the gateway does not have", async () => {
    const asked = services;
    services = { [SERVICE]: { upstream, access: { groups: ["finance"] } } };
    try {
      await assert.rejects(
        team("preview"),
        (error) => error instanceof CommandError && /access\.groups.*finance/.test(error.output),
      );
    } finally {
      services = asked;
    }
  });

  it("needs no right in the gateway's namespace", async () => {
    for (const kind of ["secrets", "rules.oathkeeper.ory.sh", "ingresses", "networkpolicies", "services"])
      for (const verb of ["get", "create"]) {
        const answer = await kubectl(cluster, ["auth", "can-i", verb, kind, ...gatewayRights]).catch(
          (error: unknown) => String(error instanceof CommandError ? error.output : error),
        );
        assert.match(answer, /^no\b/m, `${verb} ${kind}`);
      }
  });

  it("does not change when nothing has changed", async () => {
    const { changes } = await team("up");
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("is answered throughout while the gateway's ReferenceGrant, the same object, changes to v1 and back", async () => {
    const [former, ...others] = await grant();
    assert.deepEqual(others, []);
    assert.deepEqual(former?.written, [`${GATEWAY_API}/v1beta1`]);
    for (const version of ["v1", "v1beta1"]) {
      const { changes } = await whileAnswered(async () => (await gatewayOfGrant(version)).run("up"));
      assert.deepEqual(Object.keys(changes).sort(), ["same", "update"]);
      assert.deepEqual(await grant(), [{ ...former, written: [`${GATEWAY_API}/${version}`] }]);
    }
  });

  it("is answered throughout where v1 is not served and `up` fails for that", async () => {
    const former = await grant();
    await serveV1(cluster, false);
    try {
      await whileAnswered(async () => {
        const gateway = await gatewayOfGrant("v1");
        await assert.rejects(
          gateway.run("up"),
          (error) =>
            error instanceof CommandError &&
            error.output.includes("apiVersion for this resource does not exist"),
        );
        return true;
      });
    } finally {
      await serveV1(cluster, true);
    }
    assert.deepEqual(await grant(), former);
    await (await gatewayOfGrant("v1beta1")).run("up");
    assert.deepEqual(await grant(), former);
  });

  it("stays behind the login without a route where the gateway has one Ingress for all hosts of one label", async () => {
    await gatewayWith({ className: "traefik", wildcard: true });
    services = { [SERVICE]: ofGroup };
    await team("up");
    assert.equal((await named("ingresses,httproutes")).trim(), "");
    await isProtected();
    await deepHostAnswers(404);
    const { warnings } = await checkStack(request());
    assert.ok(
      warnings.some((one) => one.includes("args.hosts: has more labels") && one.includes(DEEP_HOST)),
      warnings.join(),
    );
  });

  it("goes away when its stack is destroyed, and leaves the gateway as it was", async () => {
    await team("destroy");
    assert.equal((await named("rules.oathkeeper.ory.sh,networkpolicies")).trim(), "");
    await eventually(
      () =>
        withBrowsers([], async (fresh) => {
          assert.equal((await fresh().ask(url)).status, 404);
        }),
      { seconds: 20 },
    );
    await withBrowsers([], async (fresh) => {
      assert.equal((await signIn(fresh(), target.service, "stub", people.admitted)).status, 200);
    });
  });
});

/** As a chart of a gRPC service has it, with the proxy for a backend. */
function grpcRoute(host: string, namespace: string): object {
  return {
    apiVersion: `${GATEWAY_API}/v1`,
    kind: "GRPCRoute",
    metadata: { name: CHART_CALLS, namespace: TEAM },
    spec: {
      parentRefs: [httpRoutes.parentRef],
      hostnames: [host],
      rules: [{ backendRefs: [{ name: "portcullis-proxy-grpc", namespace, port: nginxPorts.proxy }] }],
    },
  };
}

/** Makes the definition of ReferenceGrants one from before Gateway API 1.5, which serves no v1, or restores it. */
async function serveV1(cluster: DevCluster, served: boolean): Promise<void> {
  const version = { path: "/spec/versions/0/name", value: "v1" };
  const patch = [
    { op: "test", ...version },
    { op: "replace", path: "/spec/versions/0/served", value: served },
  ];
  const definition = ["customresourcedefinition", REFERENCE_GRANTS];
  await kubectl(cluster, ["patch", ...definition, "--type=json", `--patch=${JSON.stringify(patch)}`]);
  await eventually(async () => {
    const listed = await kubectl(cluster, [
      "get",
      `referencegrants.v1.${GATEWAY_API}`,
      "--all-namespaces",
    ]).then(
      () => true,
      () => false,
    );
    assert.equal(listed, served);
  });
}

/** A kubeconfig of an account that may do only what the team's stack does, in the team's namespace. */
async function limitedKubeconfig(cluster: DevCluster): Promise<string> {
  const metadata = { name: ACCOUNT, namespace: TEAM };
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [
      { apiGroups: ["oathkeeper.ory.sh"], resources: ["rules"], verbs: ["*"] },
      { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["*"] },
      { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["*"] },
    ],
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: ACCOUNT },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  };
  const items = [{ apiVersion: "v1", kind: "ServiceAccount", metadata }, role, binding];
  await applyObjects(cluster, ...items);
  const token = await kubectl(cluster, ["create", "token", ACCOUNT, "--namespace", TEAM]);
  const administrator = parse(await readFile(cluster.kubeconfig, "utf8")) as Kubeconfig;
  const users = administrator.users.map(({ name }) => ({ name, user: { token: token.trim() } }));
  const file = join(cluster.stateFolder, "team-kubeconfig");
  await writeFile(file, JSON.stringify({ ...administrator, users }), { mode: 0o600 });
  return file;
}
