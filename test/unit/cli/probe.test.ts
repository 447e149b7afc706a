import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connecting, upstreamOf, withProbe } from "../../../cli/verify/isolation";
import { prove } from "../../../cli/verify/prove";
import type { Finding } from "../../../cli/verify/table";
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

const target = { namespace: "portcullis", service: "http://shop.portcullis.localhost" };

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
  let namespacesAreRefused: boolean;

  /** An API server that knows one pod of the proxy, and records the requests. */
  beforeEach(async () => {
    asked = [];
    podsAreRefused = false;
    secretsAreRefused = false;
    namespacesAreRefused = false;
    folder = await mkdtemp(join(tmpdir(), "portcullis-probe-"));
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { method = "", url: path = "" } = request;
        asked.push({ method, path, body });
        const isPods = path.split("?")[0]?.endsWith("/pods") ?? false;
        response.setHeader("content-type", "application/json");
        if (method === "POST" && isPods && podsAreRefused) response.writeHead(403);
        if (method !== "GET" && /\/namespaces(\/[^/?]+)?(\?|$)/.test(path) && namespacesAreRefused)
          response.writeHead(403);
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

  it("run the gateway's own shell image, from the gateway's registry", async () => {
    await withProbe(await cluster(), target, () => Promise.resolve());
    const images = made<{ spec: { containers: { image: string }[] } }>("pods").map(
      ({ spec }) => spec.containers[0]?.image,
    );
    assert.deepEqual(images, [IMAGE, IMAGE]);
  });

  it("are pulled with the Secrets of the proxy's pods, copied without anything else in them", async () => {
    await withProbe(await cluster(), target, () => Promise.resolve());
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

  it("reveal nothing of a Secret that cannot be copied", async () => {
    secretsAreRefused = true;
    await assert.rejects(
      withProbe(await cluster(), target, () => Promise.resolve()),
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

  it("are removed with their namespace even if they cannot be made", async () => {
    podsAreRefused = true;
    await assert.rejects(
      withProbe(await cluster(), target, () => Promise.resolve()),
      { name: "Failure", message: /^The Pod "unrelated" cannot be created: / },
    );
    assertNamespaceDeleted();
  });

  it("are reported as not made where their namespace may neither be created nor deleted", async () => {
    namespacesAreRefused = true;
    await assert.rejects(
      withProbe(await cluster(), target, () => Promise.resolve()),
      { name: "Failure", message: /^The Namespace "portcullis-probe-[0-9a-f]+" cannot be created: / },
    );
  });

  it("are made once what is seen from outside has been shown, which needs no right in the cluster", async () => {
    namespacesAreRefused = true;
    const shown: Finding[] = [];
    const nothingListens = new URL("http://shop.portcullis.localhost:9").origin;
    const proof = prove(
      {
        ...target,
        loginUi: nothingListens,
        identityServer: nothingListens,
        service: nothingListens,
        services: { shop: nothingListens },
        sessionCookie: "session",
        replicas: 1,
      },
      { cluster: await cluster(), show: (finding) => shown.push(finding) },
    );
    await assert.rejects(proof, { name: "Failure", message: /^The Namespace .* cannot be created: / });
    assert.notDeepEqual(shown, []);
    assert.ok(
      shown.every(({ found }) => found.includes("ECONNREFUSED")),
      JSON.stringify(shown),
    );
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    it(`are removed with their namespace even if the proof is interrupted by ${signal}`, async () => {
      const program = `import { withProbe } from "./cli/verify/isolation";
        setInterval(() => undefined, 1_000);
        void withProbe(${JSON.stringify(await cluster())}, ${JSON.stringify(target)}, () => {
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

describe("the service that a pod of the proof asks for", () => {
  const rule = (host: string, url: string) => ({
    spec: { match: { url: `http://${host}.portcullis.localhost/<**>`, methods: ["GET"] }, upstream: { url } },
  });

  it("is the target's own, wherever other Rules lead", () => {
    const rules = [rule("a", "http://a.apps.svc:80"), rule("shop", "http://shop.shops.svc:8080")];
    assert.equal(upstreamOf(rules, target.service), "http://shop.shops.svc:8080");
  });

  it("is none whose URL the proxy does not forward to, or that no Rule has", () => {
    for (const url of ["http://a.apps.svc/';touch x;'", "http://a.apps.svc/$(id)", ""])
      assert.throws(() => upstreamOf([rule("shop", url)], target.service), { name: "Failure" });
    assert.throws(() => upstreamOf([rule("a", "http://a.apps.svc:80")], target.service), { name: "Failure" });
  });

  it("is asked for without its URL being read by the shell", () => {
    const [program = "", ...args] = connecting("http://127.0.0.1:9/';echo injected;'$(echo injected)");
    const { stdout } = spawnSync(program, args, { encoding: "utf8" });
    assert.match(stdout, /^exit [1-9]/m);
    assert.doesNotMatch(stdout, /^injected/m);
  });
});
