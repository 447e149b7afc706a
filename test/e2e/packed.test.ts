import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withBrowsers } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { kubectl } from "../../cli/shared/cluster";
import type { DevCluster } from "../../dev/cluster";
import { eventually } from "../../cli/shared/eventually";

import { CommandError, run } from "../../cli/shared/exec";
import { deployFixtures, fixturesReady, issuerUrl } from "../../dev/fixtures/deploy";
import { fixtureService } from "../../dev/fixtures/manifests";
import { imageNames, release } from "../../dev/images";
import { checkout } from "../../cli/shared/checkout";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { runStack, type StackCommand, type StackResult } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";

const SECRET = "the secret at the issuer";
const TYPESCRIPT = require.resolve("typescript/bin/tsc");
/** The documented services, with their ports. */
const SERVICES = { grafana: 3000, prometheus: 9090 } as const;

describe("a program in an empty folder, with only the packed library", () => {
  let cluster: DevCluster;
  let folder: string;
  let program: string;

  before(async () => {
    cluster = await testCluster();
    await new DevStack(cluster, progress()).run("destroy"); // one gateway a cluster
    folder = await mkdtemp(join(tmpdir(), "portcullis-packed-"));
    await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: checkout });
    await run("npm", ["init", "--yes"], { cwd: folder });
    await run("npm", ["install", "--prefer-offline", "./portcullis-0.1.0.tgz"], { cwd: folder });
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

  it("comes up on the cluster: two services, one sign-in", async () => {
    await writeFile(join(folder, "index.ts"), onThisCluster(program, cluster));
    await deployFixtures(cluster, {
      domain: DEVELOPMENT_ZONE,
      publicPort: cluster.instance.port,
      clientSecret: SECRET,
      redirectUris: [
        `http://auth-server.${cluster.instance.domain}/self-service/methods/oidc/callback/staff`,
      ],
    });
    await fixturesReady(cluster);
    await kubectl(cluster, ["apply", "--server-side", "--filename", "-"], await upstreams(cluster));
    await stack("preview");
    const { outputs } = await stack("up");
    const urls = Object.keys(SERVICES).map((name) => `http://${name}.${cluster.instance.domain}`);
    assert.deepEqual(outputs["urls"], urls);
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

  it("changes nothing the second time, and goes away whole", async () => {
    assert.deepEqual(Object.keys((await stack("up")).changes), ["same"]);
    await stack("destroy");
    const left = await kubectl(cluster, ["get", "namespaces,customresourcedefinitions", "--output=name"]);
    assert.doesNotMatch(left, /namespace\/portcullis$|oathkeeper/m);
  });
});

/** The first block of code of this language. */
function blockOf(language: string, text: string): string {
  const [, block] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  assert.ok(block !== undefined, language);
  return block;
}

/** What a reader changes too: the ingress controller, the certificate, and here where the issuer is and what the embedded node has. */
function onThisCluster(program: string, { kind }: DevCluster): string {
  const images = { override: { loginUi: imageNames.loginUiStandIn } };
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
      ...(kind === "embedded" ? [`release: "${release}", images: ${JSON.stringify(images)},`] : []),
    ].join(" "),
  };
  return Object.entries(changes).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, program);
}

/** Services under the documented names and ports, which lead to the echo fixture's pod. */
async function upstreams(cluster: DevCluster): Promise<string> {
  const { namespace: fixtures, pods, targetPort } = fixtureService("echo");
  const selector = Object.entries(pods).map((label) => label.join("="));
  const address = await kubectl(cluster, [
    ...["get", "pods", "--namespace", fixtures, "--selector", selector.join(",")],
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
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: [namespace, ...services] });
}
