import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { withBrowsers } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";

import { CommandError, run } from "../../cli/shared/exec";
import { deployFixtures, fixturesReady, issuerUrl } from "../../dev/fixtures/deploy";
import { fixtureService } from "../../dev/fixtures/manifests";
import { release } from "../../dev/images";
import { checkout } from "../../dev/checkout";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { runStack, type StackCommand, type StackResult } from "../../dev/plugins/stackRun";
import { exitCodes } from "../../cli/shared/failure";
import { holds, type Finding } from "../../cli/verify/table";
import { archiveProblems } from "../../dev/packageCheck";
import { packages } from "../../dev/packages";
import { languageHostFolder } from "../../dev/plugins/builtPlugins";
import { engineEnvironment } from "../../dev/plugins/engine";
import { progress } from "../../cli/shared/progress";
import { blockOf } from "../blockOf";
import { testCluster } from "../cluster/run";
import { selectorOf } from "../../cli/shared/pods";

const SECRET = "the secret at the issuer";
const TYPESCRIPT = require.resolve("typescript/bin/tsc");
/** The documented services, with their ports. */
const SERVICES = { grafana: 3000, prometheus: 9090 } as const;

describe("a program in an empty folder, with only the packed library", () => {
  let cluster: DevCluster;
  let folder: string;
  let program: string;
  let archive: string;

  before(async () => {
    cluster = await testCluster();
    await new DevStack(cluster, progress()).run("destroy"); // one gateway per cluster
    folder = await mkdtemp(join(tmpdir(), "portcullis-packed-"));
    archive = (await packages()).library;
    await run("npm", ["init", "--yes"], { cwd: folder });
    await run("npm", ["install", "--prefer-offline", archive], { cwd: folder });
    const documented = await readFile(join(checkout, "docs/library.md"), "utf8");
    program = blockOf("ts", documented);
    await writeFile(join(folder, "Pulumi.yaml"), blockOf("yaml", documented));
    await writeFile(join(folder, "index.ts"), program);
  });

  after(async () => {
    await rm(folder, { recursive: true });
    await kubectl(cluster, ["delete", "namespace", "monitoring", "--ignore-not-found"]);
  });

  const stack = (command: StackCommand): Promise<StackResult> =>
    runStack({
      command,
      stack: "packed",
      program: join(folder, "index.ts"),
      cluster,
      overlay: {
        "access:domain": { value: cluster.instance.domain },
        "access:issuerUrl": {
          value: issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: cluster.instance.port }),
        },
        "access:clientSecret": { value: SECRET, secret: true },
      },
    });

  it("uses an archive in which publint and the types' checker find nothing", async () => {
    assert.deepEqual(await archiveProblems(archive), []);
  });

  it("compiles as documented, and not with a misspelt argument", async () => {
    await writeFile(join(folder, "misspelt.ts"), program.replace("clientSecret:", "secret:"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "node16"];
    const compiled = run(process.execPath, [TYPESCRIPT, ...options, "index.ts", "misspelt.ts"], {
      cwd: folder,
    });
    const failure = await compiled.catch((error: unknown) => error);
    assert.ok(failure instanceof CommandError);
    const errors = failure.output.split("\n").filter((line) => /^\S.*error TS/.test(line));
    assert.equal(errors.length, 1, failure.output);
    assert.match(errors[0] ?? "", /^misspelt\.ts.*'secret' does not exist in type/);
  });

  it("has a command that prints its help, the schemas and the steps at Google without a cluster", async () => {
    await copyFile(join(checkout, "Pulumi.production.example.yaml"), join(folder, "Pulumi.production.yaml"));
    const printed = (...args: string[]) => run("npx", ["portcullis", ...args], { cwd: folder });
    assert.match(await printed("--help"), /^Usage: portcullis/);
    for (const [kind, file] of [
      ["gateway", "Pulumi.schema.json"],
      ["service", "Service.schema.json"],
    ] as const)
      assert.deepEqual(
        JSON.parse(await printed("schema", kind)),
        JSON.parse(await readFile(join(checkout, file), "utf8")),
      );
    assert.match(
      await printed("google", "--stack", "production"),
      /self-service\/methods\/oidc\/callback\/google/,
    );
    const completion = await printed("completion", "bash");
    await run("bash", ["-c", `${completion}\ncomplete -p portcullis`], { cwd: folder });
  });

  it("comes up on the cluster: two services, one sign-in", async () => {
    const here = 'export const library = require.resolve("portcullis");\n';
    await writeFile(join(folder, "index.ts"), onThisCluster(program, cluster) + here);
    await deployFixtures(cluster, {
      domain: DEVELOPMENT_ZONE,
      publicPort: cluster.instance.port,
      clientSecret: SECRET,
      redirectUris: [
        `http://auth-server.${cluster.instance.domain}/self-service/methods/oidc/callback/staff`,
      ],
    });
    await fixturesReady(cluster);
    await applyObjects(cluster, ...(await upstreams(cluster)));
    await stack("preview");
    const { outputs } = await stack("up");
    const urls = Object.keys(SERVICES).map((name) => `http://${name}.${cluster.instance.domain}`);
    assert.deepEqual(Object.values(outputs["services"] as object), urls);
    assert.ok(
      String(outputs["library"]).startsWith(join(folder, "node_modules")),
      String(outputs["library"]),
    );
    await writeFile(join(folder, "outputs.json"), JSON.stringify(outputs));
    await eventually(
      () =>
        withBrowsers([], async (fresh) => {
          const browser = fresh();
          const [first = "", second = ""] = urls.map((url) => `${url}/`);
          assert.equal((await browser.ask(first)).status, 302);
          const answer = await signIn(browser, first, "staff", people.admitted);
          assert.deepEqual({ status: answer.status, url: answer.url }, { status: 200, url: first });
          assert.equal((await browser.ask(second)).status, 200);
        }),
      { seconds: 20 },
    );
  });

  it("is examined with the package's own command, as its users type it", async () => {
    const onCluster = ["--kubeconfig", cluster.kubeconfig];
    const asGateway = ["--outputs", "outputs.json", ...onCluster, "--yes"];
    const verified = await portcullis("verify", ...asGateway);
    assert.equal(verified.code, verified.result["passed"] === true ? 0 : exitCodes.found, verified.printed);
    const findings = verified.result["findings"] as Finding[];
    assert.ok(findings.length > 20, verified.printed);
    // The documented Services lead to a fixture's pod here, which is not theirs to isolate.
    const ours = findings.filter(({ when }) => !when.includes("a protected service directly"));
    assert.deepEqual(
      ours.filter((finding) => !holds(finding)),
      [],
    );

    const people = await portcullis("sessions", "list", ...asGateway);
    assert.match(people.printed, /"name": "alice@example.com"/);

    const url = `http://grafana.${cluster.instance.domain}/`;
    const allowed = await portcullis("explain", "--url", url, "--email", "alice@example.com", ...onCluster);
    assert.deepEqual([allowed.code, allowed.result["decision"]], [0, "allowed"], allowed.printed);
    const anybody = await portcullis("explain", "--url", url, ...onCluster);
    assert.deepEqual([anybody.code, anybody.result["decision"]], [exitCodes.found, "unauthorized"]);
  });

  it("is checked and rendered by that command as well, under the engine and the user's own project", async () => {
    await asProject();
    const checked = await portcullis("check", "--stack", "packed", "--kubeconfig", cluster.kubeconfig);
    assert.equal(checked.code, checked.result["passed"] === true ? 0 : exitCodes.found, checked.printed);
    assert.deepEqual(Object.keys(checked.result["changes"] as object), ["same"], checked.printed);
    const sources = (checked.result["items"] as { source: string }[]).map(({ source }) => source);
    assert.ok(!sources.includes("program") && !sources.includes("rules"), checked.printed);

    await run(
      "npx",
      ["portcullis", "render", "--stack", "packed", "--output", "manifests"],
      await inProject(),
    );
    const manifests = await readdir(join(folder, "manifests"));
    assert.ok(manifests.includes("rule.portcullis.grafana.yaml"), manifests.join(" "));
    for (const name of manifests)
      assert.ok(!(await readFile(join(folder, "manifests", name), "utf8")).includes(SECRET), name);
  });

  /** Runs the installed command with `--json`. */
  async function portcullis(...args: string[]) {
    let result = "";
    const printed = await run("npx", ["portcullis", ...args, "--json"], await inProject()).then(
      (output) => {
        result = output;
        return { code: 0, output };
      },
      (error: unknown) => {
        assert.ok(error instanceof CommandError);
        result = error.output.slice(error.output.search(/^[[{]$/m));
        return { code: error.code, output: error.output };
      },
    );
    assert.match(result, /^[[{]/, printed.output);
    const parsed: unknown = JSON.parse(result);
    return {
      code: printed.code,
      printed: printed.output,
      result: parsed as Readonly<Record<string, unknown>>,
    };
  }

  async function inProject() {
    const engine = await engineEnvironment(cluster);
    return {
      cwd: folder,
      env: { ...engine, PATH: [await languageHostFolder(), engine["PATH"]].join(delimiter) },
    };
  }

  /** What the test rig does without: a program that the engine starts, and the stack's file beside it. */
  async function asProject(): Promise<void> {
    const options = ["--strict", "--skipLibCheck", "--module", "node16", "--target", "es2022"];
    await run(process.execPath, [TYPESCRIPT, ...options, "index.ts"], { cwd: folder });
    const project = await readFile(join(folder, "Pulumi.yaml"), "utf8");
    await writeFile(join(folder, "Pulumi.yaml"), project.replace("index.ts", "index.js"));
    const stackFile = "Pulumi.packed.yaml";
    await copyFile(join(cluster.stateFolder, "stacks", "packed", stackFile), join(folder, stackFile));
  }

  it("changes nothing the second time, and leaves nothing when it is destroyed", async () => {
    assert.deepEqual(Object.keys((await stack("up")).changes), ["same"]);
    await stack("destroy");
    const left = await kubectl(cluster, ["get", "namespaces,customresourcedefinitions", "--output=name"]);
    assert.doesNotMatch(left, /namespace\/portcullis$|oathkeeper/m);
  });
});

/** What a reader also changes: the ingress controller, the certificate, and here the issuer and the embedded node's release. */
function onThisCluster(program: string, { kind }: DevCluster): string {
  const { namespace, pods, targetPort } = fixtureService("issuer");
  const issuer = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: pods },
  };
  const egress = { alsoTo: { identityServer: [{ to: [issuer], ports: [targetPort] }] } };
  const changes = {
    'name": "traefik"': `name": "${kind === "embedded" ? "ingress" : "kube-system"}"`,
    'tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },': [
      'tls: "off", database: { kind: "inCluster", protect: false },',
      `egress: ${JSON.stringify(egress)},`,
      ...(kind === "embedded" ? [`release: "${release}",`] : []),
    ].join(" "),
  };
  return Object.entries(changes).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, program);
}

/** Services with the documented names and ports, which lead to the echo fixture's pod. */
async function upstreams(cluster: DevCluster): Promise<object[]> {
  const { namespace: fixtures, pods, targetPort } = fixtureService("echo");
  const address = await kubectl(cluster, [
    ...["get", "pods", "--namespace", fixtures, "--selector", selectorOf(pods)],
    "--output=jsonpath={.items[0].status.podIP}",
  ]);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } };
  const services = Object.entries(SERVICES).flatMap(([name, port]) => {
    const metadata = { name, namespace: "monitoring", labels: { "kubernetes.io/service-name": name } };
    const leadsTo = {
      addressType: "IPv4",
      endpoints: [{ addresses: [address] }],
      ports: [{ port: targetPort }],
    };
    return [
      { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port, targetPort }] } },
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, ...leadsTo },
    ];
  });
  return [namespace, ...services];
}
