import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { manifestsOf } from "../../cli/render/manifests";
import { CommandError, run } from "../../cli/shared/exec";
import { checkout } from "../../dev/checkout";
import { engineEnvironment } from "../../dev/plugins/engine";
import { checkStack, runStack, type StackCommand } from "../../dev/plugins/stackRun";
import { blockOf } from "../blockOf";
import { testCluster } from "../cluster/run";
import { TestNamespace } from "./namespace";

const STACK = "test";
const given = {
  clientSecret: "secret-of-the-client",
  smtpUri: "smtps://login:secret-of-smtp@mail.example.com:465",
};

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface Resource {
  readonly type: string;
  readonly custom: boolean;
  readonly inputs: Partial<KubernetesObject>;
  readonly outputs?: { readonly result?: { readonly plaintext: string } };
}

/** A state of the program whose provider writes files, and their folder. */
class Rendering {
  private constructor(
    private readonly stateFolder: string,
    readonly folder: string,
  ) {}

  static async create(): Promise<Rendering> {
    const created = async (name: string) => mkdtemp(join(tmpdir(), `portcullis-${name}-`));
    return new Rendering(await created("rendering"), await created("rendered"));
  }

  run(
    command: StackCommand,
    settings: Readonly<Record<string, string>> = {},
    onLine?: (line: string) => void,
  ) {
    return runStack({ ...this.request(settings), command, ...(onLine && { onLine }) });
  }

  /** The output of `portcullis render`. */
  async printed(): Promise<string> {
    const { errors, planned } = await checkStack(this.request());
    assert.deepEqual(errors, []);
    return manifestsOf(planned)
      .map(({ text }) => text)
      .join("---\n");
  }

  /** The rendered files by their paths relative to the folder. */
  async files(): Promise<Map<string, string>> {
    const found = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(
        files.map(
          async (file) => [file.slice(this.folder.length + 1), await readFile(file, "utf8")] as const,
        ),
      ),
    );
  }

  async resources(): Promise<readonly Resource[]> {
    const exported = await run("pulumi", ["stack", "export", "--show-secrets", "--stack", STACK], {
      cwd: join(this.stateFolder, "stacks", STACK),
      env: await engineEnvironment({ stateFolder: this.stateFolder }),
    });
    return (JSON.parse(exported) as { deployment: { resources: readonly Resource[] } }).deployment.resources;
  }

  /** The passwords in the state, and the keys that sign identities. */
  async generated(): Promise<readonly string[]> {
    const passwords = (await this.resources()).flatMap(({ type, outputs }) =>
      type.endsWith(":RandomPassword") && outputs?.result
        ? [JSON.parse(outputs.result.plaintext) as string]
        : [],
    );
    const keys = [...(await this.files()).values()].flatMap((text) =>
      [...readable(text).matchAll(/"d": ?"([\w-]{40,})"/g)].map(([, key = ""]) => key),
    );
    assert.ok(passwords.length > 6 && keys.length > 0, `${passwords.length} and ${keys.length}`);
    return [...passwords, ...keys];
  }

  async remove(): Promise<void> {
    for (const folder of [this.stateFolder, this.folder]) await rm(folder, { recursive: true });
  }

  private request(settings: Readonly<Record<string, string>> = {}) {
    const plain = Object.entries({ folder: this.folder, ...settings });
    return {
      stack: STACK,
      program: join(__dirname, "programs/rendered/index.ts"),
      cluster: { stateFolder: this.stateFolder },
      overlay: {
        ...Object.fromEntries(plain.map(([key, value]) => [`engine-rendered:${key}`, { value }])),
        "engine-rendered:clientSecret": { value: given.clientSecret, secret: true },
        "engine-rendered:smtpUri": { value: given.smtpUri, secret: true },
      },
    };
  }
}

describe("a gateway in the rendering mode of Pulumi's provider", () => {
  let rendering: Rendering;
  let generated: readonly string[];
  let files: ReadonlyMap<string, string>;
  const lines: string[] = [];

  before(async () => {
    rendering = await Rendering.create();
    await rendering.run("up", {}, (line) => lines.push(line));
    files = await rendering.files();
    generated = await rendering.generated();
  });
  after(() => rendering.remove());

  const secrets = () => ["secret-of-the-client", "secret-of-smtp", ...generated];
  const holders = (of: ReadonlyMap<string, string>, wanted: readonly string[] = secrets()) =>
    [...of].filter(([, text]) => wanted.some((one) => readable(text).includes(one))).map(([path]) => path);
  const isSecret = (path: string) => basename(path).startsWith("v1-secret-");
  const objectsOf = (of: ReadonlyMap<string, string>) =>
    [...of.values()].map((text) => parse(text) as KubernetesObject);

  it("is one file per object, with the definitions in a folder of their own", async () => {
    const made = (await rendering.resources()).filter(
      ({ custom, type }) => custom && type.startsWith("kubernetes:"),
    );
    assert.ok(made.length > 50, String(made.length));
    assert.deepEqual(objectsOf(files).map(nameOf).sort(), made.map(({ inputs }) => nameOf(inputs)).sort());
    for (const [path, text] of files) {
      const { kind } = parse(text) as KubernetesObject;
      assert.equal(path.split("/")[0], kind === "CustomResourceDefinition" ? "0-crd" : "1-manifest", path);
    }
  });

  it("has secrets in plain text only in the files of its Secrets, and the engine warns of each", () => {
    const all = [...files.keys()].filter(isSecret);
    assert.ok(all.length > 3, all.join());
    assert.deepEqual(holders(files).sort(), all.sort());
    for (const path of all)
      assert.ok(
        lines.some((line) => line.includes(path) && line.includes("contains a secret value in plaintext")),
        path,
      );
  });

  it("has no secret in a repository with the documented .gitignore, but every other file", async () => {
    const page = await readFile(join(checkout, "docs/gitops.md"), "utf8");
    const git = (...args: readonly string[]) => run("git", args, { cwd: rendering.folder });
    try {
      await writeFile(join(rendering.folder, ".gitignore"), blockOf("gitignore", page));
      await git("init", "--quiet");
      await git("add", ".");
      const kept = (await git("ls-files")).trim().split("\n");
      const inGit = new Map([...files].filter(([path]) => kept.includes(path)));
      assert.deepEqual(holders(inGit), []);
      const ignored = [...files.keys()].filter((path) => !kept.includes(path));
      assert.ok(ignored.every(isSecret), ignored.join());
    } finally {
      for (const name of [".git", ".gitignore"])
        await rm(join(rendering.folder, name), { recursive: true, force: true });
    }
  });

  it("is printed without secrets by `render`, from a preview", async () => {
    const printed = await rendering.printed();
    assert.ok(printed.includes("kind: Secret"));
    for (const one of secrets()) assert.ok(!readable(printed).includes(one));
  });

  it("has no annotation that keeps its volumes where a folder is pruned", () => {
    const claims = objectsOf(files).filter(({ kind }) => kind === "PersistentVolumeClaim");
    assert.equal(claims.length, 2);
    for (const { metadata } of claims)
      assert.doesNotMatch(JSON.stringify(metadata.annotations ?? {}), /argocd|fluxcd|prune/i);
  });

  it("does not get back a deleted file as long as its object is unchanged", async () => {
    const [path = ""] = [...files.keys()].filter((one) => one.includes("networkpolicy"));
    await unlink(join(rendering.folder, path));
    const { changes } = await rendering.run("up");
    assert.deepEqual(Object.keys(changes), ["same"]);
    assert.deepEqual(
      [...(await rendering.files()).keys()].sort(),
      [...files.keys()].filter((one) => one !== path).sort(),
    );
  });

  it("refuses a provider that also has a kubeconfig", async () => {
    await assert.rejects(
      rendering.run("preview", { kubeconfig: "/etc/kubeconfig" }),
      (error) => error instanceof CommandError && error.output.includes('"kubeconfig" arg is not compatible'),
    );
  });

  it("fails to move to another folder, which would delete its volumes, after it has deleted other files", async () => {
    const former = await rendering.files();
    await assert.rejects(
      rendering.run("up", { folder: join(rendering.folder, "other") }),
      (error) =>
        error instanceof CommandError && /core\/v1:Namespace[^]*marked for protection/.test(error.output),
    );
    const left = [...(await rendering.files()).keys()];
    assert.ok([...former.keys()].some((path) => !left.includes(path)));
  });

  it("gets other secrets and other names of objects with another state", async () => {
    const another = await Rendering.create();
    try {
      await another.run("up");
      const now = await another.files();
      assert.deepEqual(holders(now, generated), []);
      assert.notDeepEqual([...now.keys()].sort(), [...files.keys()].sort());
      assert.equal(now.size, files.size);
    } finally {
      await another.remove();
    }
  });
});

describe("the rendering mode of Pulumi's provider, turned on in a stack that is up", () => {
  const namespace = new TestNamespace("engine-rendering");

  before(() => namespace.create());
  after(() => namespace.remove());

  it("deletes what the stack has in its cluster", async () => {
    const { kubeconfig, stateFolder } = await testCluster();
    const folder = await mkdtemp(join(tmpdir(), "portcullis-rendered-"));
    const objects = { one: { metadata: { name: "one", namespace: namespace.name }, data: {} } };
    const request = (settings: object) => ({
      stack: "rendering",
      program: join(__dirname, "programs/objects/index.ts"),
      cluster: { kubeconfig, stateFolder },
      overlay: { "engine-objects:objects": { value: objects }, ...settings },
    });
    const rendered = { "kubernetes:renderYamlToDirectory": { value: folder } };
    try {
      await runStack({ ...request({}), command: "up" });
      assert.deepEqual(await namespace.list("configmap"), ["configmap/one"]);
      const { changes } = await runStack({ ...request(rendered), command: "up" });
      assert.equal(changes["replace"], 1, JSON.stringify(changes));
      assert.deepEqual(await namespace.list("configmap"), []);
      assert.deepEqual(await readdir(join(folder, "1-manifest")), [
        `v1-configmap-${namespace.name}-one.yaml`,
      ]);
    } finally {
      await runStack({ ...request(rendered), command: "destroy" });
      await rm(folder, { recursive: true });
    }
  });
});

function nameOf({ apiVersion, kind, metadata }: Partial<KubernetesObject>): string {
  return [apiVersion, kind, metadata?.namespace ?? "", metadata?.name].join(" ");
}

/** A text with the decoded form of its base64 parts appended. */
function readable(text: string): string {
  const encoded = text.match(/[A-Za-z0-9+/]{12,}={0,2}/g) ?? [];
  return [text, ...encoded.map((one) => Buffer.from(one, "base64").toString())].join("\n");
}
