import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "node-html-parser";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { signIn } from "../../cli/verify/signIn";
import { targetOf, type Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { kubectl } from "../../dev/kubectl";
import { podLabels, type Role } from "../../components/shared/labels";
import { eventually } from "../../cli/shared/eventually";
import { CommandError, run } from "../../cli/shared/exec";
import { selectorOf } from "../../cli/shared/pods";
import { deployFixtures, fixturesReady, ISSUER_CLIENT_ID, issuerUrl } from "../../dev/fixtures/deploy";
import { fixtureService } from "../../dev/fixtures/manifests";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { runStack, type Overlay, type StackCommand } from "../../dev/plugins/stackRun";
import { invocation } from "../../dev/shipped";
import { progress } from "../../cli/shared/progress";
import { refusals } from "../../documents/kratos/claimsMapper";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";
import { serviceUrl } from "../cluster/serviceUrl";

/** What is promised of every replica: the lifetime of a decision, plus a second. */
const REVOKED_WITHIN_SECONDS = 6;
/** Long enough for many requests to every pod of the proxy. */
const QUIET_MS = 3_000;

/** The first is closed and forces PKCE. The second is the dev stack's own, at the same issuer. */
const CLOSED = "staff";
const OPEN = "stub";
const SECRET = "the client secret of both";
const CALLBACK = "/self-service/methods/oidc/callback";

const alice = { subject: "alice", email: "alice@example.com" };
const bob = { subject: "bob", email: "bob@example.com" };
/** Of no Workspace, so that only a group lets her in through the open provider. */
const carol = "carol@example.com";
const dave = { subject: "dave", email: "dave@example.com" };

describe("two login providers on a real cluster, one of them closed", () => {
  let cluster: DevCluster;
  let target: Target;
  let echo: string;

  before(async () => {
    cluster = await testCluster();
    // People who signed in by another provider earlier, in another file, have addresses that are on the closed one's list.
    const { namespace } = await new DevStack(cluster, progress()).up();
    await new Identities(cluster, namespace).forgetAll();
    const { instance } = cluster;
    const callback = `http://auth-server.${instance.domain}${CALLBACK}`;
    await deployFixtures(cluster, {
      domain: DEVELOPMENT_ZONE,
      publicPort: instance.port,
      clientSecret: SECRET,
      redirectUris: [callback, `${callback}/${OPEN}`],
    });
    target = targetOf((await stack("up", [alice, bob])).outputs);
    await fixturesReady(cluster);
    echo = `${serviceUrl(target, "echo")}/`;
  });

  // People of other files sign in by another provider, and Kratos stores an address once.
  after(() => new Identities(cluster, target.namespace).forgetAll());

  it("appear in their order on the login page", async () => {
    await withBrowsers([], async (fresh) => {
      const { body } = await fresh().open(target.service);
      const buttons = parse(body).querySelectorAll("button[name=provider]");
      assert.deepEqual(
        buttons.map(({ attributes }) => attributes["value"]),
        [CLOSED, OPEN],
      );
    });
  });

  it("send a challenge where PKCE is forced, and the redirect URI that the stack outputs", async () => {
    const { outputs } = await stack("export", [alice, bob]);
    const { [CLOSED]: forced = "", [OPEN]: usual = "" } = outputs["callbackUrls"] as Record<string, string>;
    assert.deepEqual([new URL(forced).pathname, new URL(usual).pathname], [CALLBACK, `${CALLBACK}/${OPEN}`]);
    await withBrowsers([], async (fresh) => {
      const browser = fresh();
      const { body } = await browser.open(target.service);
      const form = parse(body)
        .querySelectorAll("form")
        .find((one) => one.querySelector(`button[value=${CLOSED}]`));
      const token = form?.querySelector("[name=csrf_token]")?.attributes["value"] ?? "";
      const { location = "" } = await browser.ask(form?.attributes["action"] ?? "", {
        form: new URLSearchParams({ csrf_token: token, provider: CLOSED }),
      });
      const { searchParams } = new URL(location);
      assert.equal(searchParams.get("redirect_uri"), forced);
      assert.equal(searchParams.get("code_challenge_method"), "S256");
      assert.match(searchParams.get("code_challenge") ?? "", /^[\w-]{43}$/);
    });
  });

  it("let in the person whom the closed one's list names, with the list's address, and nobody else", async () => {
    await withBrowsers([], async (fresh) => {
      const visitor = fresh();
      const { status, url } = await signIn(visitor, target.service, CLOSED, "alice");
      assert.deepEqual({ status, url }, { status: 200, url: new URL("/", target.service).href });
      const { headers } = JSON.parse((await visitor.ask(echo)).body) as { headers: Record<string, string> };
      assert.equal(headers["x-user-email"], "alice@example.com");
      const refused = await signIn(fresh(), target.service, CLOSED, "mallory");
      assert.ok(refused.url.startsWith(new URL("/error", target.loginUi).href), refused.url);
      assert.ok(refused.body.includes(refusals.notAdmitted));
    });
  });

  it("let in by the open one a person who is only in a group that it admits", async () => {
    await withBrowsers([], async (fresh) => {
      const { status, url } = await signIn(fresh(), target.service, OPEN, "carol");
      assert.deepEqual({ status, url }, { status: 200, url: new URL("/", target.service).href });
      const { output } = await sessions("list");
      assert.match(output, /^carol@example\.com +stub +active +yes +[1-9]/m);
    });
  });

  it("are reviewed by person and service, with the reason and the last use, in CSV and in Markdown", () =>
    withBrowsers([], async (fresh) => {
      const since = new Date().toISOString().slice(0, 16).replace("T", " ");
      const page = `${echo}reviewed-${String(Date.now())}`;
      assert.equal((await signIn(fresh(), page, OPEN, "carol")).status, 200);
      const folder = await mkdtemp(join(tmpdir(), "portcullis-review-"));
      try {
        const log = join(folder, "proxy.log");
        await eventually(async () => {
          const lines = await logsOf("proxy", "nginx");
          assert.match(lines, new RegExp(`"path":"${new URL(page).pathname}".*"reason":"session"`));
          await writeFile(log, lines);
        });
        const review = async (format: "--csv" | "--markdown") => {
          const options = ["--services", format, "--audit-log", log, "--email", carol];
          const { code, output } = await sessions("list", ...options);
          assert.equal(code, 0, output);
          return output;
        };
        const cells = (await review("--csv"))
          .split(/\r?\n/)
          .filter((line) => line.startsWith(`${carol},`))
          .map((line) => line.split(","));
        const everybody = "The service is open to everybody who may sign in.";
        assert.deepEqual(
          cells.map(([, provider, state, admitted, , service, why, seen]) => ({
            ...{ provider, state, admitted, service, why },
            seen: seen !== "",
          })),
          ["echo", "vmagent"].map((name) => ({
            ...{ provider: OPEN, state: "active", admitted: "yes" },
            service: `${serviceUrl(target, name)}/`,
            why: everybody,
            seen: name === "echo",
          })),
        );
        for (const time of [cells[0]?.[4], cells[0]?.[7]]) {
          assert.match(time ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\dZ$/);
          assert.ok((time ?? "") >= since, `${String(time)}, since ${since}`);
        }
        const inMarkdown = (await review("--markdown"))
          .replaceAll("&#64;", "@")
          .split("\n")
          .filter((line) => line.startsWith(`| ${carol} |`));
        assert.deepEqual(
          inMarkdown,
          cells.map((row) => `| ${row.join(" | ")} |`),
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    }));

  it("change nothing on a second `pulumi up`", async () => {
    const { changes } = await stack("up", [alice, bob]);
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("sign out of every service at once, on the page that the stack's outputs name", async () => {
    await withBrowsers([], async (fresh) => {
      const visitor = fresh();
      await signIn(visitor, target.service, CLOSED, "alice");
      assert.equal((await visitor.ask(echo)).status, 200);
      const stolen = await visitor.cookies.getCookieString(echo);
      const { outputs } = await stack("export", [alice, bob]);
      const page = await visitor.open(String(outputs["signOut"]));
      const link = parse(page.body)
        .querySelectorAll("a")
        .find(({ attributes }) => attributes["href"]?.includes("/self-service/logout"));
      await visitor.open(new URL(link?.attributes["href"] ?? "", page.url).href);
      for (const service of [target.service, echo]) assert.equal((await visitor.ask(service)).status, 302);
      const signedOut = Date.now();
      const last = await lastLetIn(() => fresh().ask(echo, { headers: { cookie: stolen } }));
      assert.ok(last - signedOut < REVOKED_WITHIN_SECONDS * 1000, "a copy of the cookie is worth nothing");
    });
  });

  it("end a person's sessions within the life of the session check, and let them sign in again", async () => {
    await withBrowsers([], async (fresh) => {
      const visitor = fresh();
      await signIn(visitor, target.service, CLOSED, "bob");
      const list = await sessions("list");
      assert.match(list.output, /^bob@example\.com +staff +active +yes +[1-9]/m);
      const review = await sessions("list", "--services", "--csv", "--email", "bob@example.com");
      const row = /^bob@example\.com,staff,active,yes,[^,]+,([^,]+),\S.*$/;
      assert.deepEqual(
        review.output
          .split(/\r?\n/)
          .flatMap((line) => row.exec(line)?.[1] ?? [])
          .sort(),
        ["echo", "vmagent"].map((name) => `${serviceUrl(target, name)}/`),
      );
      const out = lastLetIn(() => visitor.ask(target.service));
      const { code, output, printedAt } = await sessions("revoke", "--email", "Bob@example.com");
      assert.equal(code, 0);
      assert.match(output, /^bob@example\.com: \d+ sessions? ended\n$/);
      const seconds = ((await out) - printedAt) / 1000;
      process.stdout.write(`    last let in ${seconds.toFixed(1)} s after the command said so\n`);
      assert.ok(seconds < REVOKED_WITHIN_SECONDS);
      const log = await logsOf("identity-server", "kratos", "--since=2m");
      assert.match(log, /"x-portcullis-action":"end-sessions","x-portcullis-actor":"[^"]+"/);
      assert.equal(await enters(visitor, "bob"), true);
    });
  });

  it("keep out a person taken off the list until they are restored, whatever `pulumi up` does", async () => {
    await withBrowsers([], async (fresh) => {
      const visitor = fresh();
      await signIn(visitor, target.service, CLOSED, "bob");
      await stack("up", [alice]);
      const preview = await sessions("revoke", "--not-admitted", "--dry-run");
      assert.equal(preview.code, 2);
      assert.match(preview.output, /^bob@example\.com: would be: deactivated, \d+ sessions? ended$/m);
      assert.equal((await visitor.ask(target.service)).status, 200, "a dry run changes nothing");
      const { output } = await sessions("revoke", "--not-admitted");
      assert.match(output, /^bob@example\.com: deactivated, \d+ sessions? ended\n$/);
      await lastLetIn(() => visitor.ask(target.service));
      assert.equal(await enters(fresh(), "bob"), false);

      await stack("up", [alice, bob, dave]);
      assert.equal(await enters(fresh(), "bob"), false);
      assert.equal(await enters(fresh(), "dave"), true);
      const restored = await sessions("restore", "--email", "bob@example.com");
      assert.equal(restored.output, "bob@example.com: may sign in again\n");
      assert.equal(await enters(fresh(), "bob"), true);
    });
  });

  it("are made by another `pulumi up` of the same program, once nothing stands in their way", async () => {
    const list = [alice, bob, { ...dave, email: "david@example.com" }];
    await assert.rejects(stack("up", list), CommandError);
    assert.equal((await sessions("forget", "--email", dave.email, "--yes")).code, 0);
    await stack("up", list);
    const { output } = await sessions("list");
    assert.match(output, /^david@example\.com +staff /m);
  });

  it("exit with a failure where nobody has an address, and say so", async () => {
    const { code, output } = await sessions("revoke", "--email", "nobody@example.com");
    assert.equal(code, 1);
    assert.match(output, /Nobody has the address nobody@example\.com\./);
  });

  it("are refused in one report where settings are wrong, before anything changes", async () => {
    const wrong: Overlay = {
      "portcullis:loginProviders": {
        value: [
          { id: "google", kind: "google", clientId: "portcullis", admit: {} },
          { id: "google", kind: "google", clientId: "12-ab.apps.googleusercontent.com", hostedDomain: "x" },
          { id: "facebook", kind: "facebook", clientId: "1", admit: { emails: ["alice@example.com"] } },
        ],
      },
      "portcullis:clientSecret.google": { value: "changeme", secret: true },
      "portcullis:clientSecret.facebook": { value: "of no use", secret: true },
    };
    const given = await new DevStack(cluster, progress()).overlay();
    const refused = runStack({ command: "preview", stack: "dev", cluster, overlay: { ...given, ...wrong } });
    const { output } = await refused.then(
      () => assert.fail("the preview succeeded"),
      (error: unknown) => {
        assert.ok(error instanceof CommandError);
        return error;
      },
    );
    for (const line of [
      /loginProviders\[0\]\.hostedDomain: is missing/,
      /loginProviders\[0\]\.admit: admits nobody/,
      /loginProviders\[0\]\.clientId: is not the id of a client that Google's console made/,
      /portcullis:domain: has a redirect URI that is not https/,
      /clientSecret\.google: is a placeholder \(found a secret\)/,
      /loginProviders\[1\]\.id: is already the id of an earlier provider/,
      /loginProviders\[1\]\.hostedDomain: is not a domain/,
      /loginProviders\[2\]\.kind: has the wrong form \(found "facebook"\)\. It proves no e-mail address/,
    ])
      assert.match(output, line);
    assert.doesNotMatch(output, /changeme/);
    assert.doesNotMatch(output, /^\s+at .*\(.*:\d+:\d+\)$/m);
  });

  /** Whether a person who signs in reaches the service; Kratos says on the login page that an account is disabled. */
  async function enters(visitor: Browser, person: string): Promise<boolean> {
    const { status, url } = await signIn(visitor, target.service, CLOSED, person);
    return status === 200 && url.startsWith(target.service);
  }

  /**
   * Keeps asking, so that the session check stays warm, and returns when the last request was sent that the proxy let in: each
   * of its pods trusts a session for its own time, and on a busy machine a response may take long.
   */
  async function lastLetIn(ask: () => Promise<{ readonly status: number }>): Promise<number> {
    let last = Date.now();
    const deadline = last + 90_000;
    while (Date.now() < last + QUIET_MS) {
      assert.ok(Date.now() < deadline, "the session lives on");
      const sentAt = Date.now();
      const { status } = await ask();
      if (status === 200) last = sentAt;
      else assert.equal(status, 302);
      await sleep(100);
    }
    return last;
  }

  /** The logs of a container in all pods of a role. */
  function logsOf(role: Role, container: string, ...options: string[]): Promise<string> {
    const of = ["--namespace", target.namespace, "--selector", selectorOf(podLabels(role))];
    return kubectl(cluster, ["logs", ...of, "--container", container, "--tail=-1", ...options]);
  }

  async function stack(command: StackCommand, identities: readonly object[]) {
    const { domain, port } = cluster.instance;
    const issuer = issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: port });
    const client = { issuerUrl: issuer, clientId: ISSUER_CLIENT_ID };
    const upstream = { ...fixtureService("echo"), port: 80 };
    const given = await new DevStack(cluster, progress()).overlay({ upstream });
    const overlay: Overlay = {
      ...given,
      "portcullis:domain": { value: domain },
      "portcullis:loginProviders": {
        value: [
          { ...client, id: CLOSED, admit: "closed", identities, pkce: "force" },
          { ...client, id: OPEN, admit: { workspaceDomains: ["example.com"], groups: ["guests"] } },
        ],
      },
      "portcullis:groups": { value: { guests: { emails: [carol] } } },
      // Failing to create names is then reported after half a minute, not after several.
      "portcullis:patches": { value: { identityNames: { backoffLimit: 2 } } },
      [`portcullis:clientSecret.${CLOSED}`]: { value: SECRET, secret: true },
      [`portcullis:clientSecret.${OPEN}`]: { value: SECRET, secret: true },
    };
    return runStack({ command, stack: "dev", cluster, overlay });
  }

  async function sessions(...args: string[]) {
    const command = await invocation(cluster, "sessions", args);
    let printedAt = 0;
    const onLine = () => {
      printedAt = Date.now();
    };
    return run(process.execPath, command, { onLine }).then(
      (output) => ({ code: 0, output, printedAt }),
      (error: unknown) => {
        assert.ok(error instanceof CommandError);
        return { code: error.code, output: error.output, printedAt };
      },
    );
  }
});
