import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../cli/shared/exec";
import { progress } from "../../cli/shared/progress";
import { checkout } from "../../dev/checkout";
import { binary } from "../../dev/node/binaries";
import { languageHostFolder } from "../../dev/plugins/builtPlugins";
import { engineEnvironment, type EngineEnvironment } from "../../dev/plugins/engine";
import { buildRelease } from "../../dev/release/build";
import { publishNpm } from "../../dev/release/publishNpm";
import { goTag, tagGo } from "../../dev/release/tagGo";
import { goModuleOf, pageOf, placeholder } from "../../package/address";
import { name, version } from "../../package.json";
import { blockOf } from "../blockOf";
import { NpmRegistry } from "../npmRegistry";
import { plannedBy, type ReleasedProgram } from "./releasedProgram";

describe("a release, published to a registry on loopback", function () {
  this.timeout(900_000);
  let folder: string;
  let release: string;
  let registry: NpmRegistry;
  let engine: EngineEnvironment;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-release-test-"));
    release = join(folder, "release");
    await mkdir(release);
    await buildRelease(release, progress());
    registry = await NpmRegistry.start();
    const env = await engineEnvironment({ stateFolder: folder });
    engine = {
      ...env,
      ...registry.environment,
      PATH: [await languageHostFolder(), env["PATH"]].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
    };
    // The plugins of the components' own children; the release's own plugin is to be installed.
    const plugins = join(folder, "home", "plugins");
    await cp(join(env["PULUMI_HOME"] ?? "", "plugins"), plugins, { recursive: true });
  });
  after(async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  });

  it("reaches npm once, even if the job runs again", async () => {
    const options = ["--provenance=false"];
    const all = [name, `${name}-components`, `${name}-policy`].map((one) => `${one}@${version}`).sort();
    assert.deepEqual((await publishNpm(release, options, registry.environment)).sort(), all);
    assert.deepEqual(await publishNpm(release, options, registry.environment), []);
    assert.deepEqual(registry.published.sort(), all);
  });

  it("has the checksums of its files, and a bill of materials", async () => {
    await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: release });
    const materials = JSON.parse(await readFile(join(release, `${name}.cdx.json`), "utf8")) as {
      readonly components: readonly { readonly name: string }[];
    };
    assert.ok(materials.components.some((one) => one.name === "zod"));
  });

  it("has a plugin that the engine installs and starts", async () => {
    const archive = join(release, `pulumi-resource-${name}-v${version}-linux-amd64.tar.gz`);
    await run("pulumi", ["plugin", "install", "resource", name, version, "--file", archive], { env: engine });
    const installed = await run("pulumi", ["plugin", "ls", "--json"], { env: engine });
    const versions = (JSON.parse(installed) as { name: string; version: string }[]).flatMap((one) =>
      one.name === name ? one.version : [],
    );
    assert.deepEqual(versions, [version]);
    const told = await run("pulumi", ["package", "get-schema", `${name}@${version}`], {
      cwd: folder,
      env: engine,
    });
    assert.deepEqual(filled(told), filled(await readFile(join(checkout, "package/schema.json"), "utf8")));
  });

  it("has SDKs with which the documented programs plan the same in Go and in Python", async () => {
    const page = await readFile(join(checkout, "docs/languages.md"), "utf8");
    const planned = async (runtime: ReleasedProgram["runtime"]) => {
      const program = { runtime, text: blockOf(runtime, page), release, folder: join(folder, runtime) };
      return plannedBy(program, engine, { staffClientSecret: "the secret at the issuer" });
    };
    const byGo = await planned("go");
    assert.ok(
      byGo.some((urn) => urn.endsWith("::portcullis:index:Gateway::access")),
      byGo.join("\n"),
    );
    assert.ok(byGo.some((urn) => urn.includes("$kubernetes:networking.k8s.io/v1:NetworkPolicy::prometheus")));
    assert.ok(byGo.length > 60, String(byGo.length));
    assert.deepEqual(await planned("python"), byGo);
  });

  for (const language of ["typescript", "yaml"])
    it(`has everything that a project of \`pulumi new\` in ${language} needs`, async () => {
      const template = join(folder, `template-${language}`);
      await cp(join(checkout, "template", language), template, { recursive: true });
      if (language === "yaml") await withoutGit(join(template, "Pulumi.yaml"));
      const project = join(folder, `project-${language}`);
      const answers = Object.entries({
        domain: "apps.example.com",
        issuerUrl: "https://id.example.com",
        emailDomain: "example.com",
      }).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
      const named = ["--dir", project, "--name", `access-${language}`, "--stack", language];
      const host = dirname(await binary("pulumi-language-yaml"));
      const env = {
        ...engine,
        PATH: [host, engine["PATH"]].join(delimiter),
        PULUMI_NODEJS_TYPESCRIPT: "true",
      };
      await run("pulumi", ["new", template, ...named, ...answers, "--yes"], { cwd: folder, env });
      const pulumi = (...args: string[]) => run("pulumi", args, { cwd: project, env });
      await pulumi("config", "set", "--secret", "clientSecret", "the secret at the issuer");
      await pulumi("config", "set", "kubernetes:renderYamlToDirectory", "rendered");
      const { steps } = JSON.parse(await pulumi("preview", "--json")) as { steps: { urn: string }[] };
      assert.ok(steps.length > 60, String(steps.length));
      assert.ok(steps.some(({ urn }) => urn.endsWith("portcullis:index:OidcClient::staff")));
    });

  it("has a Go SDK that Go finds by the tag, which is pushed once", async () => {
    const [origin, clone, empty] = ["origin.git", "clone", "empty"].map((one) => join(folder, one)) as [
      string,
      string,
      string,
    ];
    await run("git", ["init", "--quiet", "--bare", origin]);
    await run("git", ["clone", "--quiet", origin, clone]);
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    await run("git", [...who, "commit", "--quiet", "--allow-empty", "--message", "sources"], { cwd: clone });
    await run("git", ["push", "--quiet", "origin", "HEAD"], { cwd: clone });
    assert.equal(await tagGo(release, "origin", clone), true);
    assert.equal(await tagGo(release, "origin", clone), false);
    assert.match(await run("git", ["ls-remote", "--tags", origin]), new RegExp(`${goTag}$`, "m"));

    await mkdir(empty);
    const module = goModuleOf(placeholder);
    const env = {
      GOFLAGS: "-mod=mod",
      GOPRIVATE: module,
      GOMODCACHE: join(folder, "modules"),
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.file://${origin}.insteadOf`,
      GIT_CONFIG_VALUE_0: pageOf(placeholder),
    };
    await run("go", ["mod", "init", "example.com/program"], { cwd: empty, env });
    const found = await run("go", ["list", "-m", "-json", `${module}@v${version}`], { cwd: empty, env });
    assert.equal((JSON.parse(found) as { readonly Version: string }).Version, `v${version}`);
    await run("go", ["clean", "-modcache"], { cwd: empty, env }); // Go writes read-only files there
  });
});

/** Removes `packages`: the plugin is already installed, and the repository is not published here. */
async function withoutGit(file: string): Promise<void> {
  const { packages: _, ...project } = parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, stringify(project));
}

/** A document without its empty lists and objects: the engine adds some, and omits some. */
function filled(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "object" && value && Object.keys(value).length === 0 ? undefined : value,
  );
}
