import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../../dev/checkout";
import { kubectl } from "../../dev/kubectl";
import { CommandError } from "../../cli/shared/exec";
import { progress } from "../../cli/shared/progress";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { release } from "../../dev/images";
import { testCluster } from "../cluster/run";
import { TestNamespace } from "./namespace";
import { YamlProgram } from "./yamlProgram";
import { blockOf } from "../blockOf";

const SECRET = "the-secret-at-the-issuer";
const monitoring = new TestNamespace("monitoring");

interface Program {
  readonly resources: Readonly<Record<string, { readonly properties: object }>>;
}

describe("the documented YAML program, with the packed component package", () => {
  let cluster: DevCluster;
  let documented: Program;
  let program: YamlProgram;

  before(async () => {
    cluster = await testCluster();
    await new DevStack(cluster, progress()).run("destroy"); // one gateway per cluster
    await monitoring.create();
    const text = blockOf("yaml", await readFile(join(checkout, "docs/languages.md"), "utf8"));
    documented = withProperties(parse(text) as Program, { access: onThisCluster(cluster) });
    program = await YamlProgram.create(cluster);
    await program.write({ ...documented });
    await program.begin({ staffClientSecret: SECRET });
  });

  after(async () => {
    await program.remove();
    await monitoring.remove();
  });

  it("is refused in preview where two of its components have one host", async () => {
    const hosts = [`grafana.${cluster.instance.domain.split(":")[0] ?? ""}`];
    await program.write({ ...withProperties(documented, { prometheus: { hosts } }) });
    const refused = await program.pulumi("preview").then(
      () => assert.fail("the preview succeeded"),
      (error: unknown) => error,
    );
    await program.write({ ...documented });
    assert.ok(refused instanceof CommandError);
    assert.match(
      refused.output,
      /Service "(prometheus|grafana)" has 1 problem:\n *- hosts: match requests that the service "(prometheus|grafana)" takes too/,
    );
    assert.doesNotMatch(refused.output, new RegExp(SECRET));
  });

  it("makes a gateway and two services", async () => {
    await program.pulumi("up", "--yes", "--skip-preview");
    const outputs = JSON.parse(await program.pulumi("stack", "output", "--json")) as Record<string, unknown>;
    assert.deepEqual(
      outputs["urls"],
      ["prometheus", "grafana"].map((name) => `http://${name}.${cluster.instance.domain}`),
    );
    const rules = await kubectl(cluster, [
      "get",
      "rules.oathkeeper.ory.sh",
      "--namespace",
      "portcullis",
      "--output=name",
    ]);
    for (const name of ["prometheus", "grafana"]) assert.match(rules, new RegExp(`/${name}\\b`));
  });

  it("changes nothing the second time, with a preview first", async () => {
    await program.pulumi("up", "--yes", "--expect-no-changes");
  });

  it("has no secret in its state in plain text", async () => {
    const state = await program.pulumi("stack", "export");
    assert.match(state, /"type": "portcullis:index:Gateway"/);
    assert.doesNotMatch(state, new RegExp(SECRET));
    assert.match(await program.pulumi("stack", "export", "--show-secrets"), new RegExp(SECRET));
  });

  it("leaves nothing when it is destroyed", async () => {
    await program.pulumi("destroy", "--yes", "--skip-preview");
    const left = await kubectl(cluster, ["get", "namespaces,customresourcedefinitions", "--output=name"]);
    assert.doesNotMatch(left, /namespace\/portcullis$|oathkeeper/m);
  });
});

/** Adds properties to some resources. */
function withProperties(program: Program, changes: Readonly<Record<string, object>>): Program {
  const resources = Object.entries(program.resources).map(
    ([name, one]) => [name, { ...one, properties: { ...one.properties, ...changes[name] } }] as const,
  );
  return { ...program, resources: Object.fromEntries(resources) };
}

/** What a reader also changes, and what is specific to the embedded node. */
function onThisCluster({ instance, kind }: DevCluster): object {
  const namespace = kind === "embedded" ? "ingress" : "kube-system";
  const traefik = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
  };
  return {
    domain: instance.domain,
    route: { kind: "ingress", from: [traefik] },
    tls: "off",
    database: { kind: "inCluster", protect: false },
    ...(kind === "embedded" && { release }),
  };
}
