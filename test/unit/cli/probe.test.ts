import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { withProbe } from "../../../cli/verify/isolation";
import { checkout } from "../../../dev/checkout";

const IMAGE = "registry.example.com/library/busybox:1.37.0";
const pullSecrets = ["registry", "gone", "opaque"].map((name) => ({ name }));
const proxy = {
  metadata: { name: "proxy-0" },
  spec: {
    containers: [],
    initContainers: [{ name: "fetch-rules", image: IMAGE }],
    imagePullSecrets: pullSecrets,
  },
  status: { phase: "Running" },
};
const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };

const credentials = Buffer.from('{"auths":{"registry.example.com":{}}}').toString("base64");
const type = "kubernetes.io/dockerconfigjson";
const secrets: Readonly<Record<string, object>> = {
  registry: { type, data: { ".dockerconfigjson": credentials, other: "b3RoZXI=" } },
  opaque: { type: "Opaque", data: { ".dockerconfigjson": credentials } },
};

const kinds = [
  { kind: "Namespace", name: "namespaces", namespaced: false },
  { kind: "Pod", name: "pods", namespaced: true },
  { kind: "Secret", name: "secrets", namespaced: true },
];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

describe("the pods of the proof", () => {
  let folder: string;
  let server: Server;
  let asked: Asked[];
  let podsAreRefused: boolean;
  let secretsAreRefused: boolean;

  /** An API server that knows one pod of the proxy, and keeps what it is asked. */
  beforeEach(async () => {
    asked = [];
    podsAreRefused = false;
    secretsAreRefused = false;
    folder = await mkdtemp(join(tmpdir(), "portcullis-probe-"));
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { method = "", url: path = "" } = request;
        asked.push({ method, path, body });
        const isPods = path.split("?")[0]?.endsWith("/pods") ?? false;
        response.setHeader("content-type", "application/json");
        if (method === "POST" && isPods && podsAreRefused) response.writeHead(403);
        const [, secret] = /\/secrets(?:\/([^?]+))?/.exec(path) ?? [];
        if (method === "GET" && secret !== undefined)
          return void response
            .writeHead(secrets[secret] ? 200 : 404)
            .end(JSON.stringify(secrets[secret] ?? {}));
        if (path.includes("/secrets") && secretsAreRefused)
          return void response.writeHead(403).end(JSON.stringify({ message: `no such thing as ${body}` }));
        const inGateway = path.includes("/namespaces/portcullis/");
        const pods = inGateway ? [proxy] : [ready];
        if (path === "/api/v1") return void response.end(JSON.stringify({ resources: kinds }));
        const answer = method === "GET" && isPods ? { items: pods } : inGateway ? proxy : {};
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  async function cluster() {
    const { port } = server.address() as AddressInfo;
    const kubeconfig = join(folder, "kubeconfig");
    const clusters = [
      { name: "fake", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
    ];
    const contexts = [{ name: "fake", context: { cluster: "fake", user: "me" } }];
    const users = [{ name: "me", user: {} }];
    await writeFile(kubeconfig, JSON.stringify({ "current-context": "fake", clusters, contexts, users }));
    return { kubeconfig };
  }

  it("run the gateway's own image of a shell, from wherever the gateway takes its images", async () => {
    await withProbe(await cluster(), "portcullis", () => Promise.resolve());
    const images = made<{ spec: { containers: { image: string }[] } }>("pods").map(
      ({ spec }) => spec.containers[0]?.image,
    );
    assert.deepEqual(images, [IMAGE, IMAGE]);
  });

  it("are pulled with the Secrets of the proxy's pods, which are copied without what else is in them", async () => {
    await withProbe(await cluster(), "portcullis", () => Promise.resolve());
    const pods = made<{ spec: { imagePullSecrets: object[] } }>("pods");
    assert.deepEqual(
      pods.map(({ spec }) => spec.imagePullSecrets),
      [pullSecrets, pullSecrets],
    );
    const [copy, ...others] = made<{ metadata: { name: string; namespace: string }; data: object }>(
      "secrets",
    );
    assert.ok(copy && others.length === 0);
    assert.match(copy.metadata.namespace, /^portcullis-probe-/);
    assert.deepEqual(copy, { ...copy, type, data: { ".dockerconfigjson": credentials } });
    assert.equal(copy.metadata.name, "registry");
  });

  it("tell nothing of a Secret that cannot be copied", async () => {
    secretsAreRefused = true;
    await assert.rejects(
      withProbe(await cluster(), "portcullis", () => Promise.resolve()),
      ({ message, stack = "" }: Error) => {
        assert.match(
          message,
          /^The Secret portcullis\/registry cannot be copied to portcullis-probe-\S+: .* 403\.$/,
        );
        return !stack.includes(credentials);
      },
    );
    assertNamespaceDeleted();
  });

  it("go with their namespace also where they cannot be made", async () => {
    podsAreRefused = true;
    await assert.rejects(withProbe(await cluster(), "portcullis", () => Promise.resolve()));
    assertNamespaceDeleted();
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    it(`go with their namespace also when the proof is interrupted by ${signal}`, async () => {
      const program = `import { withProbe } from "./cli/verify/isolation";
        setInterval(() => undefined, 1_000);
        void withProbe(${JSON.stringify(await cluster())}, "portcullis", () => {
          console.log("started");
          return new Promise(() => undefined);
        });`;
      const child = spawn(process.execPath, ["--import", "tsx", "--eval", program], { cwd: checkout });
      await once(child.stdout, "data");
      child.kill(signal);
      assert.deepEqual(await once(child, "exit"), [code, null]);
      assertNamespaceDeleted();
    });

  function made<T>(plural: string): T[] {
    return asked
      .filter(({ method, path }) => method === "POST" && (path.split("?")[0] ?? "").endsWith(`/${plural}`))
      .map(({ body }) => JSON.parse(body) as T);
  }

  function assertNamespaceDeleted() {
    const deleted = asked.filter(({ method }) => method === "DELETE").map(({ path }) => path);
    assert.equal(deleted.length, 1);
    assert.match(deleted[0] ?? "", /^\/api\/v1\/namespaces\/portcullis-probe-[0-9a-f]+$/);
  }
});
