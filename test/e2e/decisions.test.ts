import assert from "node:assert/strict";
import fc from "fast-check";
import { request } from "undici";
import { eventually } from "../../cli/shared/eventually";
import { withPortForward } from "../../cli/shared/portForward";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { decisionHeaders } from "../../documents/rules/decisionHeaders";
import type { Access } from "../../documents/oathkeeper/access";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { identityHeaders } from "../../documents/oathkeeper/headers";
import { authority, parseDomain } from "../../documents/oathkeeper/hosts";
import { accessRules } from "../../documents/oathkeeper/accessRules";
import {
  usualMethods,
  ruleApiVersion,
  ruleFinalizer,
  ruleKind,
  type Method,
  type RuleSpec,
} from "../../documents/oathkeeper/ruleSpec";
import { enter } from "../cluster/enter";
import { testCluster } from "../cluster/run";
import { askingProxyPod, proxyPods, type AskPod } from "./proxyPod";

const LABEL = "portcullis.local/decisions";
const HOSTS = 8;
const ROUNDS = 3;
const REQUESTS = 150;
const SEED = 38;

/** A request, as far as a decision may depend on it. */
interface Asked {
  readonly host: string;
  readonly method: Method;
  readonly path: string;
  readonly visitor: "alice" | "bob" | "nobody" | "a made-up session";
}

/** Oathkeeper's decision: which of the rules matched, and who it takes the visitor for. */
interface Decision {
  readonly status: number;
  readonly rule: number;
  readonly email: string;
}

interface DrawnRule {
  readonly host: number;
  readonly path: string;
  readonly methods: readonly Method[];
  readonly access: "everybody" | "alice" | "bob" | "all of the domain" | "nobody";
}

const listsOf: Readonly<Record<DrawnRule["access"], { readonly access?: Access }>> = {
  everybody: {},
  alice: { access: { emails: ["alice@example.com"] } },
  bob: { access: { emails: ["bob@example.com"] } },
  "all of the domain": { access: { domains: ["example.com"] } },
  nobody: { access: { domains: ["example.org"] } },
};

const methods = fc.constantFrom<Method>("GET", "POST", "DELETE");
const drawnRule: fc.Arbitrary<DrawnRule> = fc.record({
  host: fc.nat(HOSTS - 1),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constant("/<**>") },
    fc.constantFrom("/api/<**>", "/<{api,api/**}>", "/api/v1/<**>", "/exactly", "/a%20b"),
  ),
  methods: fc.uniqueArray(methods, { minLength: 1 }),
  access: fc.constantFrom("everybody", "alice", "bob", "all of the domain", "nobody"),
});
const asked = fc.record({
  host: fc.nat(HOSTS).map((number) => `decided-${number}`),
  method: methods,
  path: fc.constantFrom(
    ...[
      "/",
      "/api/",
      "/api/v1/x",
      "/exactly",
      "/exactly/",
      "/a%20b",
      "/api?x=/exactly",
      "//api/",
      "/api/../exactly",
    ],
    ...["/api/%2e%2e/exactly", "/api%2Fv1/x", "/api;/v1", "/%61pi/v1/x", "/API/"],
  ),
  visitor: fc.constantFrom("alice", "bob", "nobody", "a made-up session"),
});

/** Nothing is behind these Rules: a request that is let through gets a 502. */
describe("nginx's remembered decision, compared with Oathkeeper's", () => {
  let cluster: DevCluster;
  let target: Target;
  const sessions: Record<string, string> = {};

  before(async () => {
    cluster = await testCluster();
    target = await new DevStack(cluster, progress()).up();
    await withBrowsers([], async (fresh) => {
      for (const [visitor, person] of [
        ["alice", people.admitted],
        ["bob", people.alsoAdmitted],
      ] as const) {
        const browser = fresh();
        await enter(browser, target.service, person);
        sessions[visitor] = await browser.cookies.getCookieString(target.service);
      }
    });
    sessions["a made-up session"] = `${target.sessionCookie}=MTc5OTk5OTk5OXxub3QtYS1zZXNzaW9u`;
  });

  after(() => remove());

  it("is the same answer for every request, even just after the Rules have changed", async () => {
    const [pod = ""] = await proxyPods(cluster, target.namespace);
    const place = { namespace: target.namespace, name: pod };
    await askingProxyPod(cluster, target.namespace, "", (ask) =>
      withPortForward(cluster, { ...place, port: oathkeeperPorts.api }, async (api) => {
        for (let round = 0; round < ROUNDS; round++) {
          const rules = fc.sample(fc.array(drawnRule, { minLength: 12, maxLength: 20 }), {
            seed: SEED + round,
            numRuns: 1,
          })[0];
          assert.ok(rules);
          await replaceBy(rules, round);
          await eventually(() => areLive(api, rules.length, round), { seconds: 60 });
          const requests = fc.sample(asked, { seed: SEED * 100 + round, numRuns: REQUESTS });
          // Twice: what was not cached the first time is cached the second.
          for (const one of [...requests, ...requests]) {
            const [decided, answered] = [await askOathkeeper(api, one), await askNginx(ask, one)];
            assert.equal(answered, expected(decided, one, rules), `${JSON.stringify(one)} in round ${round}`);
          }
        }
      }),
    );
  }).timeout(600_000);

  /** nginx checks the lists of the rule that Oathkeeper names. */
  function expected(decision: Decision, { host, path }: Asked, rules: readonly DrawnRule[]): number {
    const ofHost = rules.filter((rule) => nameOf(rule.host) === host);
    const isOdd = /\/\/|\/\.\.|%2e|%2f|;/i.test(path.split("?")[0] ?? "");
    if (decision.status !== 200) return decision.status;
    if (isOdd && ofHost.some((rule) => rule.path !== "/<**>")) return 400;
    const lists = listsOf[rules[decision.rule]?.access ?? "nobody"].access;
    const [, domain = ""] = decision.email.split("@");
    return !lists || lists.emails?.includes(decision.email) || lists.domains?.includes(domain) ? 502 : 403;
  }

  const hostOf = (name: string) => {
    const domain = parseDomain(cluster.instance.domain);
    return authority(`${name}.${domain.name}`, domain);
  };

  async function askNginx(ask: AskPod, { host, method, path, visitor }: Asked): Promise<number> {
    return (await ask(path, method, { host: hostOf(host), ...cookieOf(visitor) })).status;
  }

  async function askOathkeeper(port: number, { host, method, path, visitor }: Asked): Promise<Decision> {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/decisions`, {
      headers: {
        accept: "application/json",
        "x-forwarded-method": method,
        "x-forwarded-proto": "http",
        "x-forwarded-host": hostOf(host),
        "x-forwarded-uri": path,
        ...cookieOf(visitor),
      },
    });
    await body.dump();
    const said = (name: string) => String(headers[name.toLowerCase()]);
    const [, index] = /^decided-\d+-(\d+)\./.exec(said(decisionHeaders.rule)) ?? [];
    return { status: statusCode, rule: Number(index), email: said(identityHeaders.userEmail) };
  }

  const cookieOf = (visitor: Asked["visitor"]) => {
    const cookie = sessions[visitor];
    return cookie === undefined ? {} : { cookie };
  };

  const nameOf = (host: number) => `decided-${host}`;

  async function replaceBy(rules: readonly DrawnRule[], round: number): Promise<void> {
    await remove();
    await applyObjects(cluster, ...rules.map((rule, index) => manifest(rule, `decided-${round}-${index}`)));
  }

  async function remove(): Promise<void> {
    await kubectl(cluster, [
      ...["delete", "rules.oathkeeper.ory.sh", "--namespace", target.namespace, "--selector", LABEL],
      "--ignore-not-found",
    ]);
  }

  function manifest({ host, path, methods: some, access }: DrawnRule, name: string): object {
    const domain = parseDomain(cluster.instance.domain);
    const [rule] = accessRules({
      scheme: "http",
      domain,
      hosts: [`${nameOf(host)}.${domain.name}`],
      ...listsOf[access],
    });
    const spec: RuleSpec = rule.withUpstream(`http://nothing.${target.namespace}.svc`);
    const url = spec.match.url.replace("/<**>", path);
    return {
      apiVersion: ruleApiVersion,
      kind: ruleKind,
      metadata: {
        name,
        namespace: target.namespace,
        labels: { [LABEL]: "true" },
        finalizers: [ruleFinalizer],
      },
      spec: { ...spec, match: { url, methods: some.length === 0 ? [...usualMethods] : [...some] } },
    };
  }

  /** Asserts that Oathkeeper has the Rules of this round and none of the earlier ones. */
  async function areLive(port: number, count: number, round: number): Promise<void> {
    const { body } = await request(`http://127.0.0.1:${port}/rules?limit=500`);
    const ids = ((await body.json()) as { id: string }[])
      .map(({ id }) => id)
      .filter((id) => id.startsWith("decided-"));
    assert.equal(ids.length, count);
    assert.ok(ids.every((id) => id.startsWith(`decided-${round}-`)));
  }
});
