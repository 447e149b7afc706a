import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rulesOf } from "../../../cli/explain/source";
import { exitCodes } from "../../../cli/shared/failure";
import { checkout } from "../../../dev/checkout";
import { onlyNode, ran } from "../commands";

const rule = {
  kind: "Rule",
  metadata: { namespace: "shops", name: "shop" },
  spec: { match: { url: "http://shop.portcullis.localhost/<**>", methods: ["GET"] } },
};
const outputs = {
  gateway: { domain: "portcullis.localhost", namespace: "access", tls: "off" },
  services: { shop: "http://shop.portcullis.localhost" },
  admissions: { staff: { admit: "closed" } },
};

describe("the command with no other program installed than Node.js", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let server: Server;
  let asked: string[];

  /** An API server that has one Rule, and no pod. */
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-only-node-"));
    env = await onlyNode(folder);
    asked = [];
    server = createServer(({ method = "", url = "" }, response) => {
      asked.push(`${method} ${url.split("?")[0] ?? ""}`);
      const items = url.endsWith("/rules") ? [rule] : [];
      response.setHeader("content-type", "application/json").end(JSON.stringify({ kind: "List", items }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const kubeconfig = (url: string) => ({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
      clusters: [{ name: "test", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
      users: [{ name: "test", user: {} }],
    });
    for (const [name, content] of Object.entries({
      "Pulumi.yaml": { name: "access", runtime: "nodejs" },
      "outputs.json": outputs,
      "cluster.yaml": kubeconfig(`http://127.0.0.1:${port}`),
      // Nothing listens on this port.
      "away.yaml": kubeconfig("http://127.0.0.1:9"),
    }))
      await writeFile(join(folder, name), JSON.stringify(content));
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const command = (...args: string[]) => ran("cli/main.ts", args, { cwd: folder, env });
  const gateway = (kubeconfig: string) => ["--outputs", "outputs.json", "--kubeconfig", kubeconfig, "--yes"];

  it("says that pulumi is missing", async () => {
    const ends = await Promise.all(["check", "verify"].map((name) => command(name, "--stack", "production")));
    for (const { code, stderr } of ends) {
      assert.match(stderr, /^The program `pulumi` is not on the PATH\. Install it: https:/m);
      assert.doesNotMatch(stderr, /^\s+at /m);
      assert.equal(code, exitCodes.failed);
    }
  });

  it("asks a cluster without kubectl", async () => {
    const url = "http://shop.portcullis.localhost/";
    const [explained, verified] = await Promise.all([
      command("explain", "--url", url, "--kubeconfig", "cluster.yaml"),
      command("verify", ...gateway("cluster.yaml")),
    ]);
    assert.match(explained.stdout, /shops\/shop takes GET/);
    assert.match(verified.stderr, /^no pod of the proxy runs$/m);
    assert.deepEqual(asked.toSorted(), [
      "GET /api/v1/namespaces/access/pods",
      "GET /apis/oathkeeper.ory.sh/v1alpha1/rules",
    ]);
  });

  it("says that a cluster does not answer, without a stack trace", async () => {
    const { code, stderr } = await command("verify", ...gateway("away.yaml"));
    assert.match(stderr, /^The pods of the namespace "access" cannot be listed: /m);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(code, exitCodes.failed);
  });

  it("says that a cluster does not say who changes something, without a stack trace", async () => {
    const { code, stderr } = await command(
      ...["sessions", "revoke", "--email", "alice@example.com", ...gateway("away.yaml")],
    );
    assert.match(stderr, /^The cluster does not say who you are: /m);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(code, exitCodes.failed);
  });

  it("starts no other program than pulumi anywhere in its source", () => {
    const files = globSync("cli/**/*.ts", { cwd: checkout });
    const source = (file: string) => readFileSync(join(checkout, file), "utf8");
    const exec = join("cli", "shared", "exec.ts");
    assert.deepEqual(
      files.filter((file) => source(file).includes("node:child_process")),
      [exec],
    );
    const callers = files.filter((file) => file !== exec);
    const started = callers.flatMap((file) => [...source(file).matchAll(/\brun\(\s*([^,)]+)/g)]);
    assert.deepEqual(
      started.map(([, program]) => program),
      ['"pulumi"'],
    );
  });
});

describe("a YAML mistake in a file that a command reads", () => {
  const mistaken = "config:\n  portcullis:domain: apps.example.com\n  portcullis:route: {\n";
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-yaml-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("is reported with its place", async () => {
    const file = "Pulumi.production.yaml";
    await writeFile(join(folder, file), mistaken);
    const args = ["google", "--stack", "production"];
    const { code, stdout, stderr } = await ran("cli/main.ts", args, { cwd: folder });
    assert.match(stderr, new RegExp(`^${file} is not valid YAML: .* at line 4, column 1:$`, "m"));
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.deepEqual({ code, stdout }, { code: exitCodes.failed, stdout: "" });
  });

  it("is reported even where half of the Rules can be read", async () => {
    const file = join(folder, "rules.yaml");
    await writeFile(file, `${JSON.stringify(rule)}\n---\n${mistaken}`);
    await assert.rejects(rulesOf({ file, cluster: {} }), {
      name: "Failure",
      message: /rules\.yaml is not valid YAML: /,
    });
  });
});
