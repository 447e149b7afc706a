import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import { parse, stringify } from "yaml";
import type { GatewayRef } from "../../../components/gatewayRef";
import { serviceFileSchema } from "../../../stacks/fileSchema";
import { createGateway } from "../../../stacks/gateway";
import { createServices } from "../../../stacks/services";
import { parseServicesSettings, parseSettings } from "../../../stacks/settings/parse";
import { SettingsProblem } from "../../../stacks/settings/report";
import { vmagent as upstream } from "../components/programs";
import { run } from "../mocks";
import { asEngine, devConfig, projectText } from "./configuration";

/** The stack `dev`, whose own file has the service vmagent. */
const config = { ...devConfig(), serviceFiles: "services" };
/** A team's stack without a service in its own file. */
const team = {
  kind: "services",
  gateway: '{"stack":"acme/platform/production"}',
  namespace: "monitoring",
  serviceFiles: "services",
};

describe("services in files", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-services-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(files: Readonly<Record<string, unknown>>): void {
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, "services", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === "string" ? content : stringify(content));
    }
  }

  function refusal(settings: Readonly<Record<string, string>> = config): string[] {
    try {
      parseSettings(settings, folder);
    } catch (error) {
      assert.ok(error instanceof SettingsProblem, String(error));
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.replace("  - ", ""));
    }
    return assert.fail("the configuration was accepted");
  }

  it("make the same as in the stack's file, in any folder below, each with its file's name", async () => {
    const grafana = { upstream, hosts: ["grafana.portcullis.localhost"], methods: ["GET"] };
    write({ "grafana.yaml": grafana, "team-a/wiki.yaml": { upstream }, "README.md": "# Ours" });
    const { vmagent } = JSON.parse(devConfig()["services"] ?? "") as { vmagent: object };
    const inOneFile = asEngine({ services: { grafana, wiki: { upstream }, vmagent } });
    const { made, result } = await run(() => createGateway(parseSettings(config, folder)));
    const { made: expected } = await run(() =>
      createGateway(parseSettings({ ...devConfig(), ...inOneFile })),
    );
    assert.deepEqual(Object.keys(result.services).sort(), ["grafana", "vmagent", "wiki"]);
    assert.deepEqual(made.inOrder, expected.inOrder);
  });

  it("have their mistakes reported by file name and path, all at once", () => {
    write({
      "grafana.yaml": { upstream, methods: [], colour: "red" },
      "team-a/Wiki.yaml": { upstream: { ...upstream, port: "http" } },
      "empty.yaml": "# nothing yet\n",
    });
    assert.deepEqual(refusal({ ...config, replicas: "0" }).sort(), [
      "portcullis:replicas: is not a whole number above 0 (found 0). Write for example 2.",
      "services/empty.yaml: has the wrong form (found null). Write {upstream, …}.",
      "services/grafana.yaml: colour: is not a setting (found text). Remove it, or correct its name: docs/stack.md lists the fields.",
      "services/grafana.yaml: methods: names no method, so every request would be answered 404 (found []). Name one, or leave it out for all.",
      'services/team-a/Wiki.yaml: is not the name of a service (found "Wiki"). Use lower-case letters, digits and hyphens, at most 52, with a letter or digit at both ends.',
      'services/team-a/Wiki.yaml: upstream.port: has the wrong form (found "http"). Write a number.',
    ]);
  });

  it("with dots in their names have their mistakes reported by the longest name", () => {
    const wrong = { upstream: { ...upstream, port: "http" } };
    write({ "grafana.yaml": { upstream }, "grafana.team-a.yaml": wrong, "wiki.team-a.yaml": wrong });
    const { vmagent } = JSON.parse(devConfig()["services"] ?? "") as { vmagent: object };
    const services = JSON.stringify({ vmagent, "grafana.team-b": wrong });
    assert.deepEqual(
      refusal({ ...config, services })
        .map((line) => line.replace(/: has the wrong form.*/, ""))
        .sort(),
      [
        "portcullis:services.grafana.team-b.upstream.port",
        "services/grafana.team-a.yaml: upstream.port",
        "services/wiki.team-a.yaml: upstream.port",
      ],
    );
  });

  it("are reported without their text where they cannot be read", () => {
    write({
      "a.yaml": "upstream: {\n  password: hunter2\n",
      "b.yaml": "upstream: 1\nupstream: hunter2\n",
      "c.yaml": "upstream: *hunter\n",
      "d.yaml": "a: 1\n---\nb: 2\n",
      "e.yaml": "upstream: !password hunter2\n",
    });
    const lines = refusal();
    assert.deepEqual(
      [...new Set(lines.map((line) => line.split(":")[0]))].sort(),
      ["a", "b", "c", "d", "e"].map((name) => `services/${name}.yaml`),
    );
    assert.match(lines.join("\n"), /b\.yaml: is not valid YAML: Map keys must be unique at line 2, column 1/);
    assert.doesNotMatch(lines.join("\n"), /hunter2/);
  });

  it("need different names, over all files", () => {
    write({ "a/wiki.yaml": { upstream }, "b/wiki.yaml": { upstream }, "vmagent.yaml": { upstream } });
    assert.deepEqual(refusal(), [
      'services/b/wiki.yaml: is also the name of services/a/wiki.yaml (found "wiki"). Keep one of them, or give this service another name.',
      'services/vmagent.yaml: is also the name of portcullis:services.vmagent (found "vmagent"). Keep one of them, or give this service another name.',
    ]);
  });

  it("are compared with those of the stack's file", () => {
    write({ "wiki.yaml": { upstream, hosts: ["vmagent.portcullis.localhost"] } });
    assert.match(
      refusal().join("\n"),
      /^services\/wiki\.yaml: hosts: match requests that the service "vmagent" takes too/,
    );
  });

  it("are not ignored silently: a folder that is missing or empty, and a file with another ending", () => {
    const words = "Name a folder beside Pulumi.yaml with a file NAME.yaml for each service.";
    assert.deepEqual(refusal(), [
      `portcullis:serviceFiles: cannot be read (ENOENT) (found "services"). ${words}`,
    ]);
    write({ "README.md": "# Ours" });
    assert.deepEqual(refusal(), [
      `portcullis:serviceFiles: has no file that ends with .yaml (found "services"). ${words}`,
    ]);
    write({ "wiki.yaml": { upstream }, "grafana.yml": { upstream } });
    assert.deepEqual(refusal(), [
      'services/grafana.yml: is not read (found "grafana.yml"). Rename it to grafana.yaml.',
    ]);
  });

  it("may be all that a team's stack has, and a refusal by its gateway names the file too", async () => {
    const gateway: GatewayRef = {
      version: 2,
      domain: "apps.example.com",
      namespace: "portcullis",
      proxy: { namespace: "portcullis", service: "proxy", port: 4455, pods: { app: "proxy" } },
      route: { wildcard: true },
      tls: "off",
    };
    const programOf = () =>
      run(() => createServices(parseServicesSettings(team, folder)), {
        "acme/platform/production": { gateway: JSON.parse(JSON.stringify(gateway)) as never },
      });
    write({ "wiki.yaml": { upstream } });
    assert.deepEqual((await programOf()).result, { services: { wiki: "http://wiki.apps.example.com" } });
    write({ "wiki.yaml": { upstream, hosts: ["wiki.example.net"] } });
    await assert.rejects(programOf, /\n {2}- services\/wiki\.yaml: hosts\[0\]: /);
  });
});

describe("Service.schema.json", () => {
  const accepts = new Ajv({ strict: false }).compile(serviceFileSchema());

  it("accepts the service's file of docs/stack.md, and refuses an unknown field and a missing upstream", () => {
    const [, yaml = ""] =
      /```yaml\n(# yaml-language-server: \$schema=\S*Service\.schema\.json\n[^`]*)```/.exec(
        projectText("docs/stack.md"),
      ) ?? [];
    assert.ok(accepts(parse(yaml)), JSON.stringify(accepts.errors));
    assert.equal(accepts({ upstream, colour: "red" }), false);
    assert.equal(accepts({}), false);
  });
});
