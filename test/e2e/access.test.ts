import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser } from "../../cli/verify/browser";
import { withBrowsers } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { checkout } from "../../dev/checkout";
import { runStack, type StackCommand } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { groupRule } from "../../documents/oathkeeper/groups";
import { testCluster } from "../cluster/run";
import { askingProxyPod, proxyPods, type AskPod } from "./proxyPod";
import { serviceUrl } from "../cluster/serviceUrl";

const OTHER = "bob";
const GROUP = "sre";
/** The Rule that holds a group's members: any program with rights in the gateway's namespace could change them. */
const GROUP_RULE = `portcullis-group-${GROUP}`;
const settings = { "portcullis:groups": { value: { [GROUP]: { emails: ["carol@example.com"] } } } };

describe("access to a service, on a real cluster", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;
  let echo: URL;

  const service = (emails: readonly string[], tenant = "team-a") => ({
    ...echoService,
    access: { emails, groups: [GROUP] },
    headers: { "X-Scope-OrgID": tenant, "X-Quoted": `"a" \\ {b} }}` },
    publicPaths: [
      { path: "/healthz", match: "exact" },
      { path: "/static", match: "prefix" },
    ],
  });

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress(), { settings });
    target = await devStack.up(service(["alice@example.com"]));
    echo = new URL(serviceUrl(target, "echo"));
  });

  const asSignedIn = async (fresh: () => Browser, person: string) => {
    const browser = fresh();
    await signIn(browser, target.service, "stub", person);
    return browser;
  };

  it("is for the people listed; others read why not, and are not sent back to the login page", () =>
    withBrowsers([], async (fresh) => {
      const alice = await asSignedIn(fresh, people.admitted);
      await eventually(async () => {
        assert.equal((await alice.open(echo.href)).status, 200);
      });
      const bob = await asSignedIn(fresh, OTHER);
      const { status, url, body } = await bob.open(echo.href);
      assert.equal(status, 403);
      assert.equal(url, echo.href);
      assert.match(body, /not open to you[\s\S]*bob@example\.com[\s\S]*echo/);
      assert.equal((await bob.ask(echo.href, { accept: "application/json" })).status, 403);
      assert.equal((await fresh().ask(echo.href, { accept: "application/json" })).status, 401);
    }));

  it("is for the members of a group, even one of thousands, from joining until leaving it", () =>
    withBrowsers([], async (fresh) => {
      const bob = await asSignedIn(fresh, OTHER);
      const status = async () => (await bob.ask(echo.href, { accept: "application/json" })).status;
      // The ingress controller takes turns between the replicas, and they learn of a change at different times.
      const becomes = (wanted: number) =>
        eventually(
          async () => {
            for (let times = 0; times < 6; times += 1) assert.equal(await status(), wanted);
          },
          { seconds: 20 },
        );
      assert.equal(await status(), 403);
      const place = ["--namespace", target.namespace];
      const read = await kubectl(cluster, [
        ...["get", `rules.oathkeeper.ory.sh/${GROUP_RULE}`, ...place, "--output=json"],
      ]);
      const { metadata, spec, ...rest } = JSON.parse(read) as {
        metadata: { resourceVersion?: string };
        spec: object;
      };
      const { resourceVersion: _, ...own } = metadata;
      const replace = (by: object) =>
        kubectl(
          cluster,
          ["replace", ...place, "--filename", "-"],
          JSON.stringify({ ...rest, metadata: own, spec: by }),
        );
      const thousands = Array.from({ length: 5000 }, (_, at) => `person.number${at}@department.example.com`);
      try {
        await replace(groupRule(GROUP, { emails: [...thousands, `${OTHER}@example.com`] }));
        await becomes(200);
      } finally {
        await replace(spec);
      }
      await becomes(403);
    }));

  it("opens public paths only in their plain spelling, even past the ingress controller", () =>
    asking(async (ask) => {
      for (const path of ["/healthz", "/static", "/static/app.js", "/healthz?x=../admin"])
        assert.equal(await ask(path), 200, path);
      for (const path of [
        "/",
        "/healthz/",
        "/healthzz",
        "/static-old",
        "/static/../admin",
        "/static/%2e%2e/admin",
        "/static/..%2fadmin",
        "/static/%252e%252e/admin",
        "/static//admin",
        "//healthz",
        "/static/..;/admin",
        "/static;/admin",
        "/admin/../healthz",
        "/static/%5c..%5cadmin",
        "/static%2Fany/admin",
        "/%68ealthz",
      ])
        assert.equal(await ask(path), 401, path);
      assert.equal(await ask("/healthz", "POST"), 401);
    }));

  it("does not take a similar host for the service's", () =>
    asking(async (ask) => {
      const { host, hostname, port } = echo;
      for (const alike of [
        `${hostname}.evil.example:${port}`,
        `x${host}`,
        host.toUpperCase(),
        `${hostname}.:${port}`,
        `${hostname}:1`,
        hostname,
      ])
        assert.equal(await ask("/healthz", "GET", { host: alike }), 404, alike);
    }));

  it("ignores identity headers that a visitor sends, on public paths too", () =>
    withBrowsers([], async (fresh) => {
      const forged = {
        "x-user-id": "forged",
        "x-user-email": "forged",
        "x-portcullis-known": "1",
        "x-portcullis-machine": "1",
        "x-portcullis-email": "alice%40example.com",
      };
      const bob = await asSignedIn(fresh, OTHER);
      assert.equal((await bob.ask(echo.href, { accept: "application/json", headers: forged })).status, 403);
      const { status, body } = await bob.ask(new URL("/static", echo).href, { headers: forged });
      assert.equal(status, 200);
      const { headers } = JSON.parse(body) as { headers: Record<string, string> };
      assert.equal(headers["x-user-id"], undefined);
      assert.equal(headers["x-user-email"], undefined);
      assert.doesNotMatch(headers["cookie"] ?? "", new RegExp(`${target.sessionCookie}=[^;\\s]`));
    }));

  it("sends the service's own headers, however a visitor spells them in a request", () =>
    withBrowsers([], async (fresh) => {
      const alice = await asSignedIn(fresh, people.admitted);
      for (const path of ["/", "/static"]) {
        const url = new URL(path, echo).href;
        const forged = { "x-scope-orgid": "forged", x_scope_orgid: "forged", "x-scope_orgid": "forged" };
        const { status, body } = await alice.ask(url, { headers: forged });
        assert.equal(status, 200);
        const { headers } = JSON.parse(body) as { headers: Record<string, string> };
        assert.equal(headers["x-scope-orgid"], "team-a");
        assert.equal(headers["x-quoted"], `"a" \\ {b} }}`);
        assert.doesNotMatch(JSON.stringify(headers), /forged/);
      }
    }));

  it("changes without a restart of the proxy, and so do its headers", () =>
    withBrowsers([], async (fresh) => {
      const bob = await asSignedIn(fresh, OTHER);
      const before = await proxyPods(cluster, target.namespace);
      const changed = service(["alice@example.com", "bob@example.com"], "team-b");
      await devStack.run("up", "pulumi up, another list", changed);
      await eventually(async () => {
        const { status, body } = await bob.open(echo.href);
        assert.equal(status, 200);
        assert.match(body, /"x-scope-orgid":\s*"team-b"/);
      });
      const { changes } = await devStack.run("up", "pulumi up, a second time", changed);
      assert.deepEqual(Object.keys(changes), ["same"]);
      assert.deepEqual(await proxyPods(cluster, target.namespace), before);
    }));

  it("covers paths of a shared host, and stripPath removes them from what the upstream is asked", () =>
    withBrowsers([], async (fresh) => {
      const alice = await asSignedIn(fresh, people.admitted);
      const tools = new URL("/tools", echo).href.replace("//echo.", "//tools.");
      await devStack.run("up", "pulumi up, paths of a host", {
        ...service(["alice@example.com"]),
        hosts: [new URL(tools).hostname],
        paths: ["/tools"],
        stripPath: true,
        publicPaths: [{ path: "/tools/healthz", match: "exact" }],
      });
      await eventually(async () => {
        const { status, body } = await alice.open(`${tools}/a%20b?q=1`);
        assert.equal(status, 200);
        assert.match(body, /"\/a%20b\?q=1"/);
      });
      const status = async (browser: Browser, path: string) =>
        (await browser.ask(new URL(path, tools).href, { accept: "application/json" })).status;
      assert.equal(await status(fresh(), "/tools/healthz"), 200, "public");
      assert.equal(await status(fresh(), "/tools/healthz/x"), 401);
      for (const path of ["/", "/toolsx"]) assert.equal(await status(alice, path), 404, path);
      assert.equal(await status(alice, "/tools/..%2fx"), 400);
    }));

  it("covers a service of another program, which has this gateway as data: examples/existingOathkeeper", async () => {
    const current = service(["alice@example.com"]);
    const { outputs } = await devStack.run("up", "pulumi up, the gateway's outputs", current);
    const stack = (command: StackCommand) =>
      runStack({
        command,
        stack: "existing-oathkeeper",
        program: join(checkout, "examples/existingOathkeeper/index.ts"),
        cluster,
        overlay: { "existingOathkeeper:gateway": { value: JSON.stringify(outputs["gateway"]) } },
      });
    await kubectl(cluster, ["create", "namespace", "wiki"]);
    try {
      const { outputs: own } = await stack("up");
      await withBrowsers([], (fresh) =>
        eventually(async () => {
          const answer = await fresh().ask(String(own["url"]), { accept: "application/json" });
          assert.equal(answer.status, 401);
        }),
      );
      assert.deepEqual(Object.keys((await stack("up")).changes), ["same"]);
    } finally {
      await stack("destroy");
      await kubectl(cluster, ["delete", "namespace", "wiki"]);
    }
  });

  /** Sends a request to a pod of the proxy itself, for the status of the response. */
  const asking = (
    use: (ask: (...request: Parameters<AskPod>) => Promise<number>) => Promise<void>,
  ): Promise<void> =>
    askingProxyPod(cluster, target.namespace, echo.host, (ask) =>
      use(async (...request) => (await ask(...request)).status),
    );
});
