import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parsePublicPathsUrl,
  publicPathsUrl,
  publicPathsUrlPrefix,
} from "../../../documents/rules/publicPaths";
import { publicPathProblems, type PublicPath } from "../../../documents/oathkeeper/publicPaths";
import type { ProtectedServiceArgs } from "../../../components/protectedService";
import { usualMethods } from "../../../documents/oathkeeper/ruleSpec";
import { policies } from "../../../policy/registry";
import { namespaceOwnsHosts } from "../../../policy/policies/namespaceOwnsHosts";
import { ruleAuthenticators } from "../../../policy/policies/ruleAuthenticators";
import { ruleMutators } from "../../../policy/policies/ruleMutators";
import { rulePattern } from "../../../policy/policies/rulePattern";
import { rulePublicPaths } from "../../../policy/policies/rulePublicPaths";
import { service } from "../components/programs";
import { changeOf, describePolicy } from "./cases";
import { change, judge } from "./harness";
import { elsewhere, gatewayNamespace, protectedStack, recording, serviceHost, withTeam } from "./programs";

const subject = "Rule vmagent";
const stack = protectedStack;

describePolicy(rulePattern, {
  stack,
  subject,
  broken: [
    [
      "spec.match.url",
      "https://<**>/",
      /spec\.match\.url: does not begin with literal hosts.*found "https:\/\/<\*\*>\/"/,
    ],
    ["spec.match.url", "https://shop.apps.example.com<**>", /literal hosts/],
    ["spec.match", undefined, /found ""/],
  ],
  unknown: ["spec.match.url"],
});

describe("the sentinel", () => {
  const open = "http://<**>/";
  const sentinels = async () => (await stack()).filter(({ name }) => name.endsWith("-sentinel"));

  it("is accepted where the rule operator makes it", async () => {
    const made = await sentinels();
    assert.equal(made.length, 1);
    assert.deepEqual(judge(rulePattern, made), { violations: [] });
  });

  it("is refused where a program makes a Rule with its URL", async () => {
    const foreign = (await sentinels()).map(({ parents, ...resource }) => resource);
    assert.match(judge(rulePattern, foreign).violations.join(), /found "sentinel:/);
  });

  it("is refused where a patch gives it another URL", async () => {
    const patched = (await sentinels()).map((resource) => change(resource, "spec.match.url", open));
    assert.match(judge(rulePattern, patched).violations.join(), /literal hosts/);
  });
});

describePolicy(ruleAuthenticators, {
  stack,
  subject,
  broken: [
    ["spec.authenticators", [], /spec\.authenticators: names none/],
    ["spec.authenticators", undefined, /names none \(found nothing\)/],
  ],
  unknown: ["spec.authenticators"],
});

describePolicy(ruleMutators, {
  stack,
  subject,
  broken: [
    [
      "spec.mutators",
      [{ handler: "cookie" }],
      /spec\.mutators: lets anybody's identity headers.*found \["cookie"\]/,
    ],
    ["spec.mutators", undefined, /found \[\]/],
    [
      "spec.mutators",
      [{ handler: "noop" }],
      /lets anybody's identity.*, and sends.*Add {handler: header} and {handler: cookie}/,
    ],
    ["spec.mutators", [{ handler: "header" }], /spec\.mutators: sends the visitor's session.*Add.*cookie/],
  ],
  fine: [["spec.mutators", [{ handler: "header" }, { handler: "cookie" }, { handler: "id_token" }]]],
  unknown: ["spec.mutators[0].handler"],
});

const publicPaths: PublicPath[] = [
  { path: "/healthz", match: "exact" },
  { path: "/static", match: "prefix" },
];
const checkUrl = "spec.authenticators[0].config.check_session_url";
const withPublicPaths = recording(() => service({ publicPaths }));

describePolicy(rulePublicPaths, {
  stack: withPublicPaths,
  subject,
  broken: [
    ["spec.authenticators[0]", { handler: "noop" }, /handler: opens all of it.*found "noop"/],
    ["spec.authenticators[1]", { handler: "anonymous" }, /authenticators\[1\]\.handler: opens all of it/],
    [checkUrl, `${publicPathsUrlPrefix}prefix=/`, /opens all of it to anybody: .*example\.com\/<\*\*>/],
    [checkUrl, `${publicPathsUrlPrefix}exact=/healthz&prefix=/a,/`, /opens all of it/],
    [
      checkUrl,
      "https://elsewhere.example.com/yes",
      /lets a server that is not the gateway's say who may enter/,
    ],
    [checkUrl, `${publicPathsUrlPrefix}Prefix=/`, /not the gateway's/],
    [checkUrl, `${publicPathsUrlPrefix}exact=/a&exact=/b`, /not the gateway's/],
    [checkUrl, `${publicPathsUrlPrefix}exact=%2Fhealthz`, /not the gateway's/],
    [checkUrl, ["/healthz"], /not the gateway's/],
    [
      "spec.authenticators[0]",
      { handler: "cookie_session", config: { check_session_url: "https://elsewhere.example.com/yes" } },
      /not the gateway's/,
    ],
  ],
  fine: [
    [checkUrl, publicPathsUrlPrefix],
    ["spec.authenticators[0].config", undefined],
    ["spec.authenticators[0]", { handler: "cookie_session", config: { only: ["a"] } }],
  ],
  unknown: ["spec.authenticators", checkUrl],
});

describe("rule-public-paths", () => {
  const violations = async (
    options: Readonly<Record<string, unknown>>,
    args: Partial<ProtectedServiceArgs> = { publicPaths },
  ) => {
    const resources = await recording(() => service({ gateway: elsewhere(), ...args }))();
    return judge(rulePublicPaths, resources, { options }).violations;
  };

  it("finds what a ProtectedService declares, where the option asks for it", async () => {
    const found = await violations({ acceptPublicPaths: false });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(
      found[0] ?? "",
      /^vmagent: spec\.authenticators\[0\]\.config\.check_session_url: opens http:\/\/vmagent\.apps\.example\.com\/healthz, http:\/\/vmagent\.apps\.example\.com\/static\/<\*\*> to anybody/,
    );
  });

  it("accepts listed paths, and only those", async () => {
    const listed = (...publicUrls: string[]) => violations({ acceptPublicPaths: false, publicUrls });
    assert.deepEqual(await listed(`http://${serviceHost}/healthz`, `http://${serviceHost}/static/<**>`), []);
    assert.match((await listed(`http://${serviceHost}/static*`)).join(), /opens [^,]*\/healthz to anybody/);
    assert.deepEqual(await listed(`http://${serviceHost}/<**>`), [], "the whole Rule");
    assert.equal((await listed("http://other.apps.example.com/*")).length, 1);
  });

  it("finds what a patch of a ProtectedService opens", async () => {
    const everything = { check_session_url: `${publicPathsUrlPrefix}prefix=/` };
    const authenticators = [{ handler: "bearer_token", config: everything }];
    const patches = { rule: { spec: { authenticators } } };
    const found = await violations({}, { publicPaths, patches });
    // One for each group of methods.
    assert.equal(found.length, 2);
    assert.match(found.join(), /opens all of it to anybody/);
  });

  it("finds public paths of a Rule that no ProtectedService declares", async () => {
    const foreign = (await withPublicPaths()).map(({ parents, ...resource }) => resource);
    const { violations: found } = judge(rulePublicPaths, foreign);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /\/healthz/);
  });

  const path = fc
    .array(fc.stringMatching(/^[A-Za-z0-9_~@:+=-]{1,8}$/), { minLength: 1, maxLength: 3 })
    .map((segments): PublicPath["path"] => `/${segments.join("/")}`);
  const paths = fc
    .array(fc.record({ path, match: fc.constantFrom("exact" as const, "prefix" as const) }), {
      minLength: 1,
      maxLength: 3,
    })
    .filter((some) => publicPathProblems("publicPaths", some, usualMethods).length === 0);

  it("finds each path that a service can open, and nothing at a service without any", async () => {
    await fc.assert(
      fc.asyncProperty(paths, async (some) => {
        const opened = (await violations({ acceptPublicPaths: false }, { publicPaths: some })).join();
        for (const one of some)
          assert.ok(
            opened.includes(`http://${serviceHost}${one.path}${one.match === "prefix" ? "/<**>" : ""}`),
          );
      }),
      { numRuns: 40 },
    );
    assert.deepEqual(await violations({ acceptPublicPaths: false }, {}), []);
  });

  it("reads back every list that a Rule can carry", () => {
    const list = fc.uniqueArray(path, { maxLength: 4 });
    fc.assert(
      fc.property(list, list, (exact, prefix) => {
        assert.deepEqual(parsePublicPathsUrl(publicPathsUrl({ exact, prefix })), { exact, prefix });
      }),
    );
  });
});

describe("Rules of the components", () => {
  const methods = fc.subarray(["POST", "PUT", "DELETE"] as const);
  const services = fc.record<Partial<ProtectedServiceArgs>, never>(
    {
      publicPaths: fc.constant(publicPaths),
      access: fc.constantFrom({ emails: ["alice@example.com"] }, { domains: ["example.com"] }),
      machines: fc.constant({
        issuer: "https://ci.example.com",
        audience: "app",
        jwksUrl: "https://ci.example.com/keys",
      }),
      methods: methods.map((more) => ["GET", "HEAD", ...more] as const),
      headers: fc.constant({ "X-Scope-OrgID": "team-a" }),
      preserveHost: fc.boolean(),
      isolation: fc.constant("none"),
    },
    { requiredKeys: [] },
  );

  it("violate no policy", async () => {
    await fc.assert(
      fc.asyncProperty(services, async (args) => {
        const resources = await recording(() => service({ gateway: elsewhere(), ...args }))();
        for (const policy of policies)
          assert.deepEqual(judge(policy, resources), { violations: [] }, policy.name);
      }),
      { numRuns: 40 },
    );
  });
});

describePolicy(namespaceOwnsHosts, {
  stack: withTeam,
  subject,
  broken: [
    ["spec.match.url", `https://${serviceHost}.evil/<**>`, /found "vmagent\.apps\.example\.com\.evil"/],
    ["spec.match.url", "https://other.apps.example.com/<**>", /the namespace team-a does not own/],
    ["spec.match.url", "https://a.example.com/<**>", /found "a\.example\.com"/],
  ],
  fine: [["spec.match.url", "https://b.a.example.com:8443/<**>"]],
  unknown: ["spec.match.url"],
});

describe("namespace-owns-hosts", () => {
  it("refuses a namespace without the annotation, unless it is the gateway's", async () => {
    const nameless = changeOf(await withTeam(), "Namespace team-a", "metadata.annotations", undefined);
    assert.equal(judge(namespaceOwnsHosts, nameless).violations.length, 1);
    const options = { gatewayNamespaces: ["team-*", gatewayNamespace] };
    assert.deepEqual(judge(namespaceOwnsHosts, nameless, { options }), { violations: [] });
  });

  it("leaves namespaces of other stacks to the API server", async () => {
    const elsewhere = (await withTeam()).filter(({ name }) => name !== "team-a");
    assert.deepEqual(judge(namespaceOwnsHosts, elsewhere), { violations: [] });
  });
});
