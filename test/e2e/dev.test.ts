import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { withBrowsers } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { holds, row } from "../../cli/verify/table";
import type { Target } from "../../cli/verify/target";
import { podLabels } from "../../components/shared/labels";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { CommandError } from "../../cli/shared/exec";
import { checkout } from "../../dev/checkout";
import { runStack, type Overlay, type StackCommand } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { testCluster } from "../cluster/run";
import { runningPods, selectorOf } from "../../cli/shared/pods";
import { sql } from "./inside";

const display = progress();

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly rules?: readonly { readonly host: string }[] };
}

describe("the dev stack on a real cluster", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, display);
    target = await devStack.up();
  });

  const objects = async (kind: string): Promise<readonly KubernetesObject[]> => {
    const list = await kubectl(cluster, ["get", kind, "--all-namespaces", "--output", "json"]);
    return (JSON.parse(list) as { items: KubernetesObject[] }).items;
  };
  const scale = async (workload: string, replicas: number) => {
    const [name = ""] = (await kubectl(cluster, ["get", "deployment", "-n", target.namespace, "-o", "name"]))
      .split("\n")
      .filter((line) => line.startsWith(`deployment.apps/${workload}-`));
    await kubectl(cluster, ["scale", "-n", target.namespace, name, `--replicas=${String(replicas)}`]);
    await kubectl(cluster, ["rollout", "status", "-n", target.namespace, name, "--timeout=300s"]);
  };

  it("meets every expectation of the proof", async () => {
    const findings = await devStack.verify((finding) => process.stdout.write(`    ${row(finding)}\n`));
    assert.deepEqual(
      findings.filter((finding) => !holds(finding)),
      [],
    );
    assert.ok(findings.length >= 20, `only ${String(findings.length)} findings`);
  });

  it("has one Kratos network in its database", async () => {
    assert.equal(await sql(cluster, target.namespace, "select count(*) from networks"), "1");
  });

  it("has no secret value in plain text in the state, in a ConfigMap or in a pod's specification", async () => {
    const secrets = (await objects("secrets")).filter(
      ({ metadata }) => metadata.namespace === target.namespace,
    );
    const values = secrets.flatMap(({ data = {} }) =>
      Object.values(data).map((value) => Buffer.from(value, "base64").toString()),
    );
    assert.ok(values.length >= 6, `only ${String(values.length)} secret values were found`);
    const places: Record<string, string> = {
      state: await readFile(join(cluster.stateFolder, "pulumi/.pulumi/stacks/portcullis/dev.json"), "utf8"),
      configMaps: JSON.stringify(await objects("configmaps")),
      workloads: JSON.stringify(await objects("deployments,statefulsets,jobs,cronjobs")),
      rules: JSON.stringify(await objects("rules.oathkeeper.ory.sh")),
    };
    assert.match(places["state"] ?? "", /"ciphertext"/);
    const single = values.flatMap((value) => [value, Buffer.from(value).toString("base64")]);
    const found = Object.entries(places).filter(([, text]) => single.some((value) => text.includes(value)));
    assert.deepEqual(
      found.map(([place]) => place),
      [],
    );
  });

  it("keeps its rules and still answers while the rule operator is away", async () => {
    await scale("portcullis-rules", 0);
    try {
      await withBrowsers([], async (fresh) => {
        const { status, url } = await signIn(fresh(), target.service, "stub", people.admitted);
        assert.deepEqual({ status, url }, { status: 200, url: new URL("/", target.service).href });
      });
    } finally {
      await scale("portcullis-rules", 1);
    }
  });

  it("asks visitors to wait while the identity server is down, and leads on when it is back", async () => {
    await withBrowsers([], async (fresh) => {
      const browser = fresh();
      await signIn(browser, target.service, "stub", people.admitted);
      const unknown = fresh();
      const start = new URL("/self-service/login/browser", target.identityServer).href;
      await signIn(unknown, start, "stub", people.alsoAdmitted);
      // Every replica knows the first, and none the second.
      for (let times = 0; times < 10; times++) await browser.ask(target.service);
      let waiting = "";
      await scale("portcullis-identity", 0);
      try {
        // Terminating pods still respond.
        await kubectl(cluster, [
          ...[
            "wait",
            "--for=delete",
            "pod",
            "-n",
            target.namespace,
            "-l",
            selectorOf(podLabels("identity-server")),
          ],
          "--timeout=180s",
        ]);
        const away = new Date().toISOString();
        await eventually(async () => {
          assert.equal((await browser.ask(target.service)).status, 200);
          for (const pod of await runningPods(cluster, target.namespace, podLabels("proxy"))) {
            const log = ["logs", pod, "-n", target.namespace, `--since-time=${away}`, "--all-containers"];
            assert.match(await kubectl(cluster, log), /"remembered":"STALE"/, "its decision is not old yet");
          }
        });
        for (const accept of ["application/json", "text/html"]) {
          const { status, location } = await browser.ask(target.service, { accept });
          assert.equal(status, 200, location ?? "who is signed in notices nothing");
        }
        const program = await unknown.ask(target.service, { accept: "application/json" });
        assert.equal(program.status, 503);
        for (const [visitor, seconds] of [
          [unknown, "5"],
          [fresh(), "10"],
        ] as const) {
          const { status, url, headers, body } = await visitor.open(target.service);
          assert.equal(status, 503, url);
          assert.match(body, /identity server does not answer/);
          assert.equal(headers["retry-after"], seconds);
          waiting = url;
        }
      } finally {
        await scale("portcullis-identity", 2);
      }
      await eventually(async () => {
        const { status, url } = await browser.open(waiting);
        assert.deepEqual({ status, url }, { status: 200, url: new URL("/", target.service).href });
      });
    });
  });

  it("reports every mistake in a stack's configuration at once, without a stack trace, and changes nothing", async () => {
    const printed = await failureOf({
      "portcullis:domian": { value: "typo" },
      "portcullis:secondFactor": { value: "sometimes" },
    });
    assert.match(printed, /portcullis:domian.*is not a setting/);
    assert.match(printed, /portcullis:secondFactor.*"sometimes"/);
    assert.doesNotMatch(printed, /^\s+at .*\(.*:\d+:\d+\)$/m);
  });

  it("reports a service's mistakes by property, value, reason and fix", async () => {
    const upstream = { url: 'vmagent.monitoring:8429\n"' };
    const printed = await failureOf({
      "portcullis:services": {
        value: {
          auth: { upstream: { url: "http://vmagent.monitoring.svc:8429" }, isolation: "none" },
          other: { hosts: ["other.example.com"], upstream, isolation: "none" },
        },
      },
    });
    assert.match(
      printed,
      /"auth\.portcullis\.localhost".*is a host of the gateway itself|is a host of the gateway itself.*"auth\.portcullis\.localhost"/,
    );
    assert.doesNotMatch(printed, /^\s+at .*\(.*:\d+:\d+\)$/m);
  });

  it("reports two services that would match the same requests, by the names of both", async () => {
    const upstream = {
      namespace: "monitoring",
      name: "vmagent",
      port: 8429,
      targetPort: 8429,
      pods: { app: "vmagent" },
    };
    const url = `http://one.${cluster.instance.domain}/api/<**>`;
    const printed = await failureOf({
      "portcullis:services": {
        value: { one: { upstream }, two: { upstream, patches: { rule: { spec: { match: { url } } } } } },
      },
    });
    assert.match(
      printed,
      /The stack.s configuration has 1 problem:\s+- portcullis:services\.two\.hosts: match requests that the service "one" takes/,
    );
    assert.doesNotMatch(printed, /^\s+at .*\(.*:\d+:\d+\)$/m);
  });

  it("waits until the operator accepts a patched Rule, and names the Rule if it does not", async () => {
    const metadata = { annotations: { "pulumi.com/timeoutSeconds": "5" } };
    const patched = {
      ...echoService,
      patches: { rule: { metadata, spec: { upstream: { preserveHost: false } } } },
    };
    await scale("portcullis-rules", 0);
    try {
      await assert.rejects(
        devStack.run("up", "pulumi up, a rule that nobody accepts", patched),
        /v1alpha1:Rule::echo".*timed out waiting/,
      );
    } finally {
      await scale("portcullis-rules", 1);
    }
    const { changes } = await devStack.run("up", "pulumi up, the rule accepted", patched);
    assert.equal(changes["update"], 1, JSON.stringify(changes));
    await devStack.run("up", "pulumi up, the service deleted");
  });

  it("finds no drift right after a run", async () => {
    const { changes } = await devStack.run("refresh");
    assert.deepEqual(Object.keys(changes), ["same"], JSON.stringify(changes));
    const second = await devStack.run("up", "pulumi up after it");
    assert.deepEqual(Object.keys(second.changes), ["same"], JSON.stringify(second.changes));
  });

  it("refuses a second gateway in the cluster before it changes anything of the first", async () => {
    const versions = async () =>
      (await objects("namespaces,clusterroles,customresourcedefinitions")).map(
        ({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`,
      );
    const before = await versions();
    const file = parse(await readFile(join(checkout, "Pulumi.dev.yaml"), "utf8")) as { config: object };
    const dev = Object.entries(file.config).map(
      ([key, value]) => [key, { value: value as unknown }] as const,
    );
    const overlay = {
      ...Object.fromEntries(dev),
      ...(await devStack.overlay()),
      "portcullis:namespace": { value: "second" },
      // A program's own objects are taken over, by versions of the provider that do so.
      "portcullis:demoUpstream": { value: false },
    };
    const run = (command: StackCommand) => runStack({ command, stack: "second", cluster, overlay });
    await assert.rejects(run("up"), /portcullis-only-one-gateway-per-cluster/);
    const left = await versions();
    assert.deepEqual(
      before.filter((one) => !left.includes(one)),
      [],
    );
    await run("destroy");
    assert.deepEqual(await versions(), before);
  });

  it("runs on the seed's own domain over plain http, with insecureDevMode", async () => {
    const seed = new DevStack(cluster, display, { zone: "localhost.com", insecureDevMode: true });
    const { service } = await seed.up();
    assert.equal(service, `http://vmagent.localhost.com:${String(cluster.instance.port)}`);
    const page = `${service}/targets?show_only_unhealthy=false`;
    // The pods of the other domain still respond until the ingress controller learns that they are terminating.
    await eventually(() =>
      withBrowsers(["localhost.com"], async (fresh) => {
        const { status, url } = await signIn(fresh(), page, "stub", people.admitted);
        assert.deepEqual({ status, url }, { status: 200, url: page });
      }),
    );
  });

  it("has every Ingress on its own domain again afterwards", async () => {
    await devStack.up();
    const hosts = (await objects("ingresses"))
      .filter(({ metadata }) => metadata.namespace === target.namespace)
      .flatMap(({ spec }) => spec?.rules?.map(({ host }) => host) ?? []);
    assert.ok(hosts.length >= 3);
    assert.deepEqual(
      hosts.filter((host) => !host.endsWith(`.${DEVELOPMENT_ZONE}`)),
      [],
    );
  });

  /** The engine's output when a preview with this configuration fails. */
  async function failureOf(overlay: Overlay): Promise<string> {
    const complete = { ...(await devStack.overlay()), ...overlay };
    const failure = await runStack({ command: "preview", stack: "dev", cluster, overlay: complete }).then(
      () => assert.fail("the preview succeeded"),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof CommandError);
    return failure.output;
  }
});
