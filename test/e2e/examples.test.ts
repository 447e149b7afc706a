import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { checkout } from "../../dev/checkout";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { imageNames, release } from "../../dev/images";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { applyObjects, kubectl } from "../../dev/kubectl";
import { runStack, type Overlay, type StackCommand } from "../../dev/plugins/stackRun";
import { blockOf } from "../blockOf";
import { testCluster } from "../cluster/run";
import { issueFor, tlsSecret, type Issued } from "./authority";
import { foreignKratos, identitiesPath, identity, IDENTITY, KRATOS, person } from "./foreignKratos";
import { FOREIGN_OPERATOR, foreignOathkeeper, foreignParts, ORY, session } from "./foreignOathkeeper";
import { answering } from "./plainObjects";

const PASSWORD = "the database's password, 100 % $(literal)";
const DATABASES = "databases";
/** The namespace that an example does not make. */
const ACCESS = "access";
const WIKI = "wiki";
const RULES = "customresourcedefinition/rules.oathkeeper.ory.sh";
const namespaces = ["monitoring", WIKI, ORY, IDENTITY, DATABASES];

/** The fields of a login flow that this login UI needs. */
interface LoginFlow {
  readonly ui: {
    readonly action: string;
    readonly nodes: readonly { readonly attributes: { readonly name?: string; readonly value?: string } }[];
  };
}

interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** What is different in an example here: the versions that the embedded node runs, and nothing that outlives the test. */
const here: Readonly<Record<string, string>> = {
  'new AccessGateway("access", {': `new AccessGateway("access", { release: "${release}",`,
  'resolveImages("v26.2")': `resolveImages("${release}")`,
};
const inCluster = { "loginProviders:": 'database: { kind: "inCluster", protect: false }, loginProviders:' };
const chart = {
  "oci://ghcr.io/grafana/helm-charts/grafana": join(__dirname, "programs/chartRoute/chart"),
  "values: {": 'values: { host: "grafana.apps.example.com", service: { name: "grafana" },',
};
const tlsServer = { "postgres.example.com": `postgres.${DATABASES}.svc` };

describe("each example, on a cluster", () => {
  let cluster: DevCluster;
  let folder: string;
  let issued: Issued;
  let hosts: Issued;
  /** The domain of the examples that have a certificate. */
  let domain: string;
  let definition: Definition;

  before(async () => {
    cluster = await testCluster();
    domain = `${DEVELOPMENT_ZONE}:${String(cluster.instance.tlsPort)}`;
    await new DevStack(cluster, progress()).run("destroy"); // one gateway per cluster
    folder = await mkdtemp(join(tmpdir(), "portcullis-examples-"));
    await symlink(join(checkout, "node_modules"), join(folder, "node_modules"));
    issued = await issueFor(`${DATABASES}.svc`);
    hosts = await issueFor(DEVELOPMENT_ZONE);
    await apply(...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
    await apply(
      ...answering(WIKI, WIKI, "", {
        visitor: ["$http_x_user_id", "$http_x_user_email"],
        cookies: "$http_cookie",
      }),
      ...postgresWith(issued),
    );
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await kubectl(cluster, ["delete", "namespace", "--ignore-not-found", ...namespaces]);
    await kubectl(cluster, [
      "delete",
      "clusterrole,clusterrolebinding",
      "--ignore-not-found",
      FOREIGN_OPERATOR,
    ]);
  });

  const apply = (...items: readonly object[]) => applyObjects(cluster, ...items);

  const rolledOut = (name: string, namespace: string) =>
    kubectl(cluster, [
      "rollout",
      "status",
      `deployment/${name}`,
      `--namespace=${namespace}`,
      "--timeout=300s",
    ]);

  /** A copy of an example that imports the components of this checkout, as one of several programs of a stack. */
  async function copied(example: string, changes: Readonly<Record<string, string>>): Promise<string> {
    const program = join(folder, example, "index.ts");
    const source = await readFile(join(checkout, "examples", example, "index.ts"), "utf8");
    const components = JSON.stringify(join(checkout, "components"));
    const imported = source.replace(/"(\.\.\/)+components"/, components);
    const known = Object.entries(here).filter(([from]) => imported.includes(from));
    const changed = [...known, ...Object.entries(changes)].reduce((text, [from, to]) => {
      assert.ok(text.includes(from), `${example} has no ${from}`);
      return text.replace(from, to);
    }, imported);
    await mkdir(dirname(program), { recursive: true });
    await writeFile(program, changed);
    const project = await readFile(join(checkout, "examples", example, "Pulumi.yaml"), "utf8");
    const { runtime } = parse(project) as { runtime: unknown };
    await writeFile(join(folder, example, "Pulumi.yaml"), stringify({ name: "examples", runtime }));
    return program;
  }

  /** Brings an example up, and then asserts that neither another `up` nor a `refresh` finds anything to change. */
  async function settles(
    example: string,
    { stack = "first", changes = {}, overlay = {} as Overlay },
  ): Promise<(command: StackCommand) => Promise<unknown>> {
    const program = await copied(example, changes);
    const does = (command: StackCommand) =>
      runStack({
        command,
        stack,
        program,
        cluster,
        overlay: {
          "examples:staffClientSecret": { value: "the client's secret", secret: true },
          "examples:clientSecret": { value: "the client's secret", secret: true },
          ...overlay,
        },
      });
    await does("up");
    assert.deepEqual(Object.keys((await does("up")).changes), ["same"], `the second up of ${example}`);
    assert.deepEqual(Object.keys((await does("refresh")).changes), ["same"], `the refresh of ${example}`);
    return does;
  }

  for (const example of ["quickStart", "hubbleUi", "monitoringStack"])
    it(`${example} comes up, and a second run finds nothing to change`, async () => {
      await settles(example, { changes: inCluster });
    });

  it("chartRoute comes up, with a chart's Ingress", async () => {
    await settles("chartRoute", { changes: { ...inCluster, ...chart } });
    const ingress = await kubectl(cluster, [
      "get",
      "ingress",
      "grafana",
      "--namespace=portcullis",
      "-o=name",
    ]);
    assert.match(ingress, /grafana/);
  });

  it("customOidc comes up, with a Secret that something else makes", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "partners-client", namespace: "portcullis" },
      stringData: { secret: "the partners' secret" },
    };
    await apply(secret);
    const run = await settles("customOidc", { changes: inCluster });
    await run("destroy"); // the next one is in another namespace
  });

  it("existingDatabase comes up, in an existing namespace, and every connection to its server is encrypted", async () => {
    await rolledOut("postgres", DATABASES);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: ACCESS, labels } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "database", namespace: ACCESS },
        stringData: { password: PASSWORD },
      },
    );
    const run = await settles("existingDatabase", {
      changes: tlsServer,
      overlay: { "examples:databaseCa": { value: issued.authority } },
    });
    const encrypted = await kubectl(cluster, [
      ...["exec", "deployment/postgres", `--namespace=${DATABASES}`, "--"],
      ...["psql", "--host=/var/run/postgresql", "--username=kratos", "--tuples-only", "--no-align"],
      ...[
        "--command",
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_port > 0",
      ],
    ]);
    assert.equal(encrypted.trim(), "t");
    await run("destroy");
    const left = ["deployments,statefulsets,jobs,pods,services,networkpolicies", `--namespace=${ACCESS}`];
    assert.equal(await kubectl(cluster, ["get", ...left, "--output=name"]), "");
    await kubectl(cluster, ["delete", "namespace", ACCESS]);
  });

  it("twoTeams comes up: the platform's stack, and a team's that reads it", async () => {
    const platform = await settles("twoTeams/platform", { changes: inCluster });
    const team = await settles("twoTeams/team", {
      stack: "team",
      overlay: {
        "examples:team": { value: "team-a" },
        "examples:platform": { value: "organization/examples/first" },
      },
    });
    await team("destroy");
    await platform("destroy");
  });

  it("existingKratos comes up: a Kratos as its Helm chart deploys it signs people in to its service", async () => {
    const certificate = "apps-tls";
    const dsn = `postgres://kratos:${encodeURIComponent(PASSWORD)}@postgres.${DATABASES}.svc/postgres?sslmode=require`;
    await rolledOut("postgres", DATABASES);
    await apply(...foreignKratos(domain, dsn, certificate), tlsSecret(certificate, IDENTITY, hosts));
    const name = '"kubernetes.io/metadata.name": ';
    const ingress = cluster.kind === "embedded" ? "ingress" : "kube-system";
    const proxy = await settles("existingKratos", {
      stack: "proxy",
      changes: {
        [`${name}"traefik"`]: `${name}"${ingress}"`,
        'const domain = "apps.example.com"': `const domain = "${domain}"`,
      },
    });
    await apply(tlsSecret(certificate, "proxy", hosts));
    await rolledOut(KRATOS, IDENTITY);
    const made = await kubectl(
      cluster,
      ["create", "--raw", identitiesPath, "-f", "-"],
      JSON.stringify(identity),
    );
    await signsIn((JSON.parse(made) as { id: string }).id);
    definition = JSON.parse(await kubectl(cluster, ["get", RULES, "--output=json"])) as Definition;
    await proxy("destroy");
  });

  /** Kratos returns the browser to the requested page, and the service is told who that is, but not the session. */
  const signsIn = (id: string) =>
    withBrowsers(
      [],
      async (fresh) => {
        const page = `https://wiki.${domain}/page?of=1`;
        const browser = fresh();
        const loginPage = await eventually(async () => {
          const { url } = await browser.open(page);
          assert.ok(url.startsWith(`https://auth.${domain}/login?`), url);
          return url;
        });
        const flow = new URL(loginPage).searchParams.get("flow") ?? "";
        const asked = await browser.ask(`https://auth-server.${domain}/self-service/login/flows?id=${flow}`, {
          accept: "application/json",
        });
        const { ui } = JSON.parse(asked.body) as LoginFlow;
        const token = ui.nodes.find(({ attributes }) => attributes.name === "csrf_token")?.attributes.value;
        const { email: identifier, password } = person;
        const fields = { method: "password", identifier, password, csrf_token: token ?? "" };
        const answer = await browser.open(ui.action, { form: new URLSearchParams(fields) });
        assert.deepEqual([answer.url, answer.status], [page, 200], answer.body);
        const { visitor, cookies } = JSON.parse(answer.body) as { visitor: string[]; cookies: string };
        assert.deepEqual(visitor, [id, person.email]);
        assert.doesNotMatch(cookies, /ory_kratos_session=./);
      },
      hosts.authority,
    );

  it("existingOathkeeper comes up: Oathkeeper and Maester as their Helm charts deploy them protect its service", async () => {
    const { apiVersion, kind, metadata, spec } = definition;
    await apply({ apiVersion, kind, metadata: { name: metadata.name }, spec });
    try {
      await kubectl(cluster, ["wait", "--for=condition=Established", "--timeout=180s", RULES]);
      await apply(...foreignParts, tlsSecret("wiki-tls", ORY, hosts));
      const guide = await readFile(join(checkout, "docs/library.md"), "utf8");
      const parts = guide.slice(guide.indexOf("## Single parts"));
      const gateway = { value: blockOf("json", parts).replace("apps.example.com", domain) };
      const service = await settles("existingOathkeeper", {
        stack: "service",
        overlay: { "examples:gateway": gateway },
      });
      await apply(...foreignOathkeeper(blockOf("yaml", parts)));
      await rolledOut("oathkeeper", ORY);
      await asksWiki(`https://wiki.${domain}/page`);
      await service("destroy");
    } finally {
      await kubectl(cluster, ["delete", RULES]);
    }
  });

  /** Asks people without a session to sign in. Tells the service who others are, despite their claims; not their session. */
  const asksWiki = (url: string) =>
    withBrowsers(
      [],
      async (fresh) => {
        const ask = (headers = {}) => fresh().ask(url, { accept: "application/json", headers });
        const cookie = `theme=dark; ${session.cookie}`;
        const forged = { cookie, "x-user-id": "forged", "x-user-email": "forged" };
        const { body } = await eventually(async () => {
          const answer = await ask(forged);
          assert.equal(answer.status, 200, answer.body);
          return answer;
        });
        assert.equal((await ask()).status, 401);
        assert.equal((await ask({ cookie: "ory_kratos_session=mallory" })).status, 401);
        const login = `https://auth.apps.example.com/login?return_to=${encodeURIComponent(url)}`;
        assert.equal((await fresh().ask(url)).location, login);
        const { visitor, cookies } = JSON.parse(body) as { visitor: string[]; cookies: string };
        assert.deepEqual(visitor, [session.identity, session.email]);
        assert.deepEqual(cookies.split("; ").sort(), ["ory_kratos_session=", "theme=dark"]);
      },
      hosts.authority,
    );

  it("leaves nothing behind", async () => {
    const kinds = "namespaces,customresourcedefinitions,validatingadmissionpolicies,clusterroles";
    const left = await kubectl(cluster, ["get", kinds, "--output=name"]);
    const foreign = `clusterrole.rbac.authorization.k8s.io/${FOREIGN_OPERATOR}\n`;
    assert.doesNotMatch(
      left.replace(foreign, ""),
      /namespace\/(portcullis|proxy|team-.)$|oathkeeper|access/m,
    );
  });
});

/** A server that somebody else runs, with a certificate from its own authority. */
function postgresWith(issued: Issued): readonly object[] {
  const metadata = { name: "postgres", namespace: DATABASES };
  const labels = { app: "postgres" };
  const server = {
    name: "postgres",
    image: imageNames.postgres,
    args: ["-c", "ssl=on", "-c", "ssl_cert_file=/tls/tls.crt", "-c", "ssl_key_file=/tls/tls.key"],
    env: [
      { name: "POSTGRES_USER", value: "kratos" },
      { name: "POSTGRES_PASSWORD", value: PASSWORD },
    ],
    ports: [{ containerPort: 5432 }],
    readinessProbe: { exec: { command: ["pg_isready", "--host=127.0.0.1"] } },
    volumeMounts: [
      { name: "tls", mountPath: "/tls" },
      { name: "data", mountPath: "/var/lib/postgresql/data" },
    ],
  };
  const volumes = [
    { name: "tls", secret: { secretName: "postgres", defaultMode: 0o440 } },
    { name: "data", emptyDir: {} },
  ];
  return [
    tlsSecret(metadata.name, metadata.namespace, issued),
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 5432 }] } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { securityContext: { fsGroup: 999 }, containers: [server], volumes },
        },
      },
    },
  ];
}
