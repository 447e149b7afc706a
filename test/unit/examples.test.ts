import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { parse } from "yaml";
import { checkout } from "../../dev/checkout";
import { hostsAnnotation, ownsHost } from "../../documents/admission/hosts";
import { accessDeniedPrefix } from "../../documents/nginx/accessDenied";
import { covers } from "../../documents/oathkeeper/hosts";
import { authority } from "./authority";
import { run, type Fields, type Recorded } from "./mocks";

const require = createRequire(__filename);
const folder = join(checkout, "examples");
const secrets = { clientSecret: "the client's secret" };
const config = { ...secrets, staffClientSecret: secrets.clientSecret, databaseCa: authority };

const inMonitoring = (app: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": app } },
});

describe("examples/", () => {
  afterEach(() => {
    runtime.setAllConfig({});
  });

  it("quickStart protects a Prometheus", async () => {
    const { outputs } = await example("quickStart");
    assert.equal(outputs["url"], "https://prometheus.apps.example.com");
  });

  it("monitoringStack lets its three apps reach each other, and only the proxy besides", async () => {
    const { made, outputs } = await example("monitoringStack");
    const callers = { grafana: ["prometheus"], prometheus: ["grafana"] };
    const all = { ...callers, alertmanager: ["alertmanager", "grafana", "prometheus"] };
    assert.deepEqual(outputs["urls"], Object.keys(all).map(hostUrl));
    for (const [app, allowed] of Object.entries(all)) {
      const [fromProxy, ...others] = ingressRules(made, app);
      assert.deepEqual(fromProxy?.["from"], [proxy]);
      assert.deepEqual(others, [{ from: allowed.map(inMonitoring) }]);
    }
  });

  it("hubbleUi isolates Hubble's pods in kube-system, and is for two people", async () => {
    const { made, outputs } = await example("hubbleUi");
    assert.equal(outputs["url"], "https://hubble.apps.example.com");
    const { metadata, spec } = made.one(":NetworkPolicy", "hubble-ui").inputs as Record<string, Fields>;
    assert.equal(metadata?.["namespace"], "kube-system");
    assert.deepEqual(spec?.["podSelector"], { matchLabels: { "k8s-app": "hubble-ui" } });
    const { spec: rule } = made.one(":Rule", "hubble-ui").inputs as { spec: { authorizer: Fields } };
    const { remote } = rule.authorizer["config"] as { remote: string };
    assert.equal(new URL(remote).searchParams.get("emails"), "alice@example.com,bob@example.com");
  });

  it("chartRoute makes a Rule and a NetworkPolicy for a chart's own route, and no Ingress", async () => {
    const { made, outputs } = await example("chartRoute");
    assert.equal(outputs["url"], "https://grafana.apps.example.com");
    assert.equal(made.has(":Ingress", "grafana"), false);
    assert.ok(made.has(":Rule", "grafana") && made.has(":NetworkPolicy", "grafana"));
  });

  it("customOidc has a callback URL for each issuer, and takes one secret from the cluster", async () => {
    const { made, outputs } = await example("customOidc");
    const callback = "https://auth-server.apps.example.com/self-service/methods/oidc/callback";
    assert.deepEqual(outputs["callbackUrls"], {
      staff: `${callback}/staff`,
      partners: `${callback}/partners`,
    });
    const { stringData } = made.one(":Secret", "access-identity").inputs as { stringData: Fields };
    const variable = (index: number) => `SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_${index}_CLIENT_SECRET`;
    assert.equal(stringData[variable(0)], secrets.clientSecret);
    assert.ok(!(variable(1) in stringData));
  });

  it("existingDatabase runs no server, makes no namespace, and checks the existing server's name and authority", async () => {
    const { made } = await example("existingDatabase");
    assert.deepEqual(made.ofType(":StatefulSet"), []);
    assert.deepEqual(made.ofType(":Namespace"), []);
    const { metadata, spec } = made.one(":Deployment", "access-identity").inputs as {
      metadata: Fields;
      spec: { template: { spec: { containers: [{ env: { name: string; value?: string }[] }] } } };
    };
    assert.equal(metadata["namespace"], "access");
    const { env } = spec.template.spec.containers[0];
    const { hostname, password, searchParams } = new URL(env.find(({ name }) => name === "DSN")?.value ?? "");
    assert.deepEqual([hostname, password], ["postgres.example.com", ""]);
    assert.equal(searchParams.get("sslmode"), "verify-full");
  });

  it("existingKratos makes no Kratos and no login UI, and routes the access-denied path of the UI's host to the proxy", async () => {
    const { made, outputs } = await example("existingKratos");
    assert.equal(outputs["url"], "https://wiki.apps.example.com");
    const deployments = made.ofType(":Deployment").map(({ name }) => name);
    assert.deepEqual(deployments.toSorted(), ["proxy", "rules"]);
    const { spec } = made.one(":Ingress", "access-denied").inputs as { spec: { rules: Fields[] } };
    const path = { path: accessDeniedPrefix, pathType: "Prefix" };
    const backend = { service: { name: "proxy-door", port: { name: "door" } } };
    assert.deepEqual(spec.rules, [
      { host: "auth.apps.example.com", http: { paths: [{ ...path, backend }] } },
    ]);
    const { metadata } = made.one(":Rule", "wiki").inputs as { metadata: Fields };
    assert.equal(metadata["namespace"], "proxy");
    const deployment = JSON.stringify(made.one(":Deployment", "proxy").inputs);
    assert.match(deployment, /"KRATOS_HOST","value":"kratos-public\.identity\.svc"/);
    assert.match(deployment, /"KRATOS_PORT","value":"80"/);
  });

  it("existingOathkeeper makes a route, a Rule and a NetworkPolicy that lets the proxy's pods in", async () => {
    const guide = readFileSync(join(checkout, "docs/library.md"), "utf8");
    const [, gateway = ""] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];
    const { made } = await example("existingOathkeeper", { gateway });
    const kinds = made.names.filter((name) => name.startsWith("kubernetes:"));
    assert.deepEqual(kinds, [
      "kubernetes:networking.k8s.io/v1:Ingress wiki",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy wiki",
      "kubernetes:oathkeeper.ory.sh/v1alpha1:Rule wiki",
    ]);
    const rules = ingressRules(made, "wiki");
    const ofOathkeeper = { matchLabels: { "app.kubernetes.io/name": "oathkeeper" } };
    const inOry = { matchLabels: { "kubernetes.io/metadata.name": "ory" } };
    assert.deepEqual(rules, [
      {
        from: [{ namespaceSelector: inOry, podSelector: ofOathkeeper }],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
    ]);
  });

  it("twoTeams gives a team hosts that the gateway's route covers, and its stack nothing in the gateway's namespace", async () => {
    const { made, outputs } = await example("twoTeams/platform");
    const platform = { gateway: outputs["gateway"] ?? null };
    const { spec: route } = made.one(":Ingress", "access-wildcard").inputs as {
      spec: { rules: { host: string }[] };
    };
    const [routed = ""] = route.rules.map(({ host }) => host);
    for (const team of ["team-a", "team-b"]) {
      const { metadata } = made.one(":Namespace", team).inputs as {
        metadata: { annotations: Record<string, string> };
      };
      const host = `grafana-${team}.apps.example.com`;
      assert.ok(ownsHost(metadata.annotations[hostsAnnotation] ?? "", host));
      assert.ok(covers(routed, host), "the platform's route does not lead the host to the proxy");

      const stack = "acme/platform/production";
      const { made: ofTeam, outputs: urls } = await example(
        "twoTeams/team",
        { team, platform: stack },
        platform,
      );
      assert.deepEqual(urls, { url: `https://${host}` });
      assert.deepEqual(ofTeam.ofType(":Ingress"), []);
      const namespaces = ["Rule", "NetworkPolicy"].map((kind) => {
        const { metadata: own } = ofTeam.one(`:${kind}`, "grafana").inputs as { metadata: Fields };
        return own["namespace"];
      });
      assert.deepEqual(namespaces, [team, team]);
    }
  });

  for (const project of globSync("**/Pulumi.yaml", { cwd: folder }).map(dirname))
    it(`${project} declares the settings that its program reads, by the engine's rules`, () => {
      const { name, config: declared } = parse(read(project, "Pulumi.yaml")) as {
        name: string;
        config: object;
      };
      const used = [...read(project, "index.ts").matchAll(/\.require(?:Secret)?\("(\w+)"\)/g)];
      assert.deepEqual(Object.keys(declared).sort(), used.map(([, key]) => `${name}:${key}`).sort());
    });

  it("is listed completely in docs/library.md", () => {
    const guide = readFileSync(join(checkout, "docs/library.md"), "utf8");
    const listed = [...guide.matchAll(/^\| \[\w+\]\(\.\.\/examples\/(\w+)\)/gm)].map(([, name]) => name);
    assert.deepEqual(listed.toSorted(), globSync("*", { cwd: folder }).sort());
  });
});

const proxy = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "portcullis" } },
  podSelector: {
    matchLabels: { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" },
  },
};

function hostUrl(name: string): string {
  return `https://${name}.apps.example.com`;
}

function read(project: string, file: string): string {
  return readFileSync(join(folder, project, file), "utf8");
}

/** Runs a program with its configuration, and with the outputs of the one stack that it may refer to. */
async function example(
  project: string,
  settings: Readonly<Record<string, string>> = {},
  platform: Fields = {},
): Promise<{ readonly made: Recorded; readonly outputs: Fields }> {
  const all = Object.entries({ ...config, ...settings }).map(([key, value]) => [`portcullis:${key}`, value]);
  runtime.setAllConfig(Object.fromEntries(all) as Record<string, string>);
  const load = () => {
    const program = require(join(folder, project, "index")) as Fields | (() => Promise<Fields>);
    return typeof program === "function" ? program() : program;
  };
  const { made, result } = await run(load, { "acme/platform/production": platform });
  return { made, outputs: result };
}

function ingressRules(made: Recorded, service: string): Fields[] {
  const { spec } = made.one(":NetworkPolicy", service).inputs as { spec: { ingress: Fields[] } };
  return spec.ingress;
}
