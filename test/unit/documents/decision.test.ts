import assert from "node:assert/strict";
import {
  decideFor,
  explain,
  groupsOf,
  type Question,
  type RuleToExplain,
} from "../../../documents/oathkeeper/decision";
import { authorizeUrlPrefix, parseAuthorizeUrl } from "../../../documents/rules/authorize";
import { groupRule } from "../../../documents/oathkeeper/groups";
import type { GroupLists } from "../../../documents/rules/groupLists";
import { sentinelRule } from "../../../documents/oathkeeper/sentinel";
import { assertPinned } from "./pinned";
import { rulesOf } from "./serviceRules";

const rules = [
  { metadata: { namespace: "portcullis", name: "sentinel" }, spec: sentinelRule },
  ...rulesOf("open", {}),
  ...rulesOf("shown", { portal: { title: "Shown & open", icon: "S" } }),
  ...rulesOf("hidden", { access: { domains: ["example.org"] }, portal: "hidden" }),
  ...rulesOf("staff", { access: { emails: ["Alice@example.com"], domains: ["example.org"] } }),
  ...rulesOf("status", {
    access: { emails: ["alice@example.com"] },
    publicPaths: [
      { path: "/healthz", match: "exact" },
      { path: "/public", match: "prefix" },
    ],
  }),
];

function decision(url: string, email?: string, method = "GET") {
  const question: Question = { url: new URL(url), method, email };
  return explain(rules, question);
}

describe("an explanation", () => {
  it("follows access for everybody, for addresses and for domains, in any letter case", () => {
    const verdicts = (host: string) =>
      ["ALICE@example.com", "bob@example.org", "bob@sub.example.org", "mallory@example.com"].map(
        (email) => decision(`https://${host}.apps.example.com/`, email).decision,
      );
    assert.deepEqual(verdicts("open"), ["allowed", "allowed", "allowed", "allowed"]);
    assert.deepEqual(verdicts("staff"), ["allowed", "allowed", "forbidden", "forbidden"]);
    assert.deepEqual(verdicts("shown"), verdicts("open"), "what is shown of it decides nothing");
    assert.deepEqual(verdicts("hidden"), ["forbidden", "allowed", "forbidden", "forbidden"]);
  });

  it("names the Rule, the entry and the upstream", () => {
    const {
      rules: names,
      because,
      upstream,
    } = decision("https://staff.apps.example.com/a?b", "bob@example.org");
    assert.deepEqual(names, ["monitoring/staff"]);
    assert.ok(because.includes("access.domains has example.org."));
    assert.equal(upstream, "http://staff.monitoring.svc:80");
    const refused = decision("https://staff.apps.example.com/", "mallory@example.com");
    assert.ok(refused.because.includes("access.emails has only alice@example.com."));
    assert.equal(refused.upstream, undefined);
  });

  it("is unauthorized for a visitor without a session, except on public paths", () => {
    const verdict = (path: string) => decision(`https://status.apps.example.com${path}`).decision;
    assert.deepEqual(
      ["/", "/healthz", "/healthz/", "/public", "/public/logo.svg", "/publicity", "/public%2f", "/a//b"].map(
        verdict,
      ),
      [
        "unauthorized",
        "public",
        "unauthorized",
        "public",
        "public",
        "unauthorized",
        "unauthorized",
        "unauthorized",
      ],
      "a path of two readings is never public",
    );
    for (const path of ["/public%2f", "/a//b"]) {
      assert.equal(
        decision(`https://status.apps.example.com${path}`, "alice@example.com").decision,
        "allowed",
      );
      assert.equal(
        decision(`https://status.apps.example.com${path}`, "mallory@example.com").decision,
        "forbidden",
      );
    }
    assert.equal(decision("https://open.apps.example.com/a//b", "x@example.com").decision, "allowed");
  });

  it("checks public paths before it matches Rules, also for several services on one host", () => {
    const path = (name: string) => ({ path: `/${name}/healthz`, match: "exact" }) as const;
    const shared = ["a", "b"].flatMap((name) =>
      rulesOf("tools", { paths: [`/${name}`], publicPaths: [path(name)] }).map((rule) => ({
        ...rule,
        metadata: { namespace: "monitoring", name },
      })),
    );
    const again = rulesOf("tools", { paths: ["/a"] });
    const asked = (of: readonly RuleToExplain[], pathname: string) =>
      explain(of, { url: new URL(`https://tools.apps.example.com${pathname}`), method: "GET" });
    assert.equal(asked(shared, "/a/healthz").decision, "public");
    assert.match(asked(shared, "/b/healthz").because[0] ?? "", /^monitoring\/b takes GET/);
    assert.equal(asked(shared, "/b/healthz/x").decision, "unauthorized");
    assert.equal(asked([...again, ...shared], "/a/healthz").decision, "public");
    assert.equal(asked([...again, ...shared], "/a/x").decision, "failed");
  });

  it("is not public where a wildcard opens a path of a host that another Rule of the method names", () => {
    const opened = rulesOf("previews", {
      hosts: ["*.previews.apps.example.com"],
      paths: ["/api"],
      publicPaths: [{ path: "/api/hook", match: "exact" }],
    });
    const named = rulesOf("x", { hosts: ["x.previews.apps.example.com"], paths: ["/web"] });
    const asked = (host: string, method = "GET") =>
      explain([...opened, ...named], {
        url: new URL(`https://${host}.previews.apps.example.com/api/hook`),
        method,
      }).decision;
    assert.equal(asked("y"), "public");
    assert.equal(asked("x"), "unauthorized");
    const posts = named.map((rule) => ({
      ...rule,
      spec: { ...rule.spec, match: { ...rule.spec?.match, methods: ["POST"] } },
    }));
    const url = new URL("https://x.previews.apps.example.com/api/hook");
    assert.equal(explain([...opened, ...posts], { url, method: "GET" }).decision, "public");
  });

  it("ignores a Rule that the operator found not valid, and says what it found", () => {
    const [rule] = rulesOf("open", {});
    const status = { validation: { valid: false, validationError: "no handler" } };
    const { decision, because } = explain([{ ...rule, status }], {
      url: new URL("https://open.apps.example.com/"),
      method: "GET",
      email: "alice@example.com",
    });
    assert.equal(decision, "no-rule");
    assert.ok(because.includes("monitoring/open is left out by the rule operator: no handler."));
  });

  it("reads the members of groups from the gateway's own Rules, and from no other namespace's", () => {
    const groupOf = (name: string, lists: GroupLists, namespace = "portcullis") => ({
      metadata: { namespace, name: `access-group-${name}` },
      spec: groupRule(name, lists),
    });
    const sentinel = { metadata: { namespace: "portcullis", name: "sentinel" }, spec: sentinelRule };
    const all = [
      sentinel,
      ...rulesOf("oncall", { access: { emails: ["boss@example.com"], groups: ["sre", "ops", "gone"] } }),
      groupOf("sre", { emails: ["Alice@example.com"], domains: ["sre.example.com"] }),
      groupOf("ops", { emails: ["bob@example.com"] }),
      groupOf("gone", { emails: ["mallory@example.com"] }, "team-a"),
    ];
    const asked = (email: string) =>
      explain(all, { url: new URL("https://oncall.apps.example.com/"), method: "GET", email });
    const because = (email: string) => asked(email).because.slice(1);
    assert.deepEqual(because("alice@example.com"), [
      "access.groups has sre, whose emails have alice@example.com.",
    ]);
    assert.deepEqual(because("x@sre.example.com"), [
      "access.groups has sre, whose domains have sre.example.com.",
    ]);
    assert.equal(asked("bob@example.com").decision, "allowed");
    assert.equal(asked("boss@example.com").decision, "allowed");
    assert.equal(asked("mallory@example.com").decision, "forbidden");
    assert.deepEqual(because("mallory@example.com"), [
      "access.emails has only boss@example.com.",
      "access.groups has sre, and mallory@example.com is not in it.",
      "access.groups has ops, and mallory@example.com is not in it.",
      "access.groups has gone, which the gateway does not have: nobody is in it.",
    ]);
  });

  it("is unknown for a group by claims, unless another entry admits the user or the user's groups are known", () => {
    const all = [
      { metadata: { namespace: "portcullis", name: "sentinel" }, spec: sentinelRule },
      ...rulesOf("oncall", { access: { emails: ["boss@example.com"], groups: ["sre"] } }),
      { metadata: { namespace: "portcullis", name: "access-group-sre" }, spec: groupRule("sre", "claimed") },
    ];
    const asked = (email: string) =>
      explain(all, { url: new URL("https://oncall.apps.example.com/"), method: "GET", email });
    assert.equal(asked("boss@example.com").decision, "allowed");
    assert.equal(asked("alice@example.com").decision, "unknown");
    assert.match(
      asked("alice@example.com").because[1] ?? "",
      /^access\.groups has sre, and the login provider says/,
    );
    const known = (claimedGroups: readonly string[]) =>
      all
        .slice(1, 2)
        .map((rule) => decideFor(rule, { email: "alice@example.com", claimedGroups }, groupsOf(all)));
    assert.deepEqual(known(["sre"]), [
      {
        decision: "allowed",
        because: ["access.groups has sre, and the login provider said that alice@example.com is in it."],
      },
    ]);
    assert.deepEqual(
      known(["ops"]).map(({ decision }) => decision),
      ["forbidden"],
    );
  });

  it("names the Rule that matches the URL but not the method", () => {
    const only = rulesOf("read", { methods: ["GET"] });
    const { decision: found, because } = explain(only, {
      url: new URL("https://read.apps.example.com/"),
      method: "POST",
    });
    assert.equal(found, "no-rule");
    assert.deepEqual(because, ["monitoring/read takes GET, not POST."]);
  });

  it("finds no Rule for another host, scheme or port", () => {
    for (const url of [
      "https://other.apps.example.com/",
      "http://open.apps.example.com/",
      "https://open.apps.example.com:8443/",
    ])
      assert.equal(decision(url, "x@example.com").decision, "no-rule", url);
  });

  it("reports two Rules that match the same request, and Rules that it could not read", () => {
    const twice = [
      ...rulesOf("open", {}),
      ...rulesOf("open", {}).map((rule) => ({ ...rule, metadata: { name: "again" } })),
    ];
    const question = {
      url: new URL("https://open.apps.example.com/"),
      method: "GET",
      email: "x@example.com",
    };
    const found = explain(twice, question);
    assert.equal(found.decision, "failed");
    assert.deepEqual(found.rules, ["monitoring/open", "default/again"]);
    const foreign = {
      metadata: { name: "wild" },
      spec: { match: { url: "<.*>", methods: ["GET" as const] } },
    };
    const unread = explain([foreign], question);
    assert.equal(unread.decision, "no-rule");
    assert.ok(unread.because.includes("default/wild was not looked at: its hosts are not literal."));
  });
});

describe("the reasons of an explanation", () => {
  it("are the pinned ones, for each decision", () => {
    const program = { issuer: "https://ci.example.com", audience: "a", jwksUrl: "https://ci.example.com/k" };
    const all = [
      ...rules,
      ...rulesOf("programs", { machines: program }),
      ...rulesOf("parts", { paths: ["/app"] }),
      ...rulesOf("read", { methods: ["GET"] }),
      ...rulesOf("twice", {}),
      ...rulesOf("twice", {}),
      {
        metadata: { name: "anybody" },
        spec: {
          match: { url: "https://anybody.apps.example.com/<.*>", methods: ["GET"] },
          authenticators: [{ handler: "noop" }],
        },
      },
    ] as const;
    const questions = [
      ["https://open.apps.example.com/", "x@example.com"],
      ["https://open.apps.example.com/"],
      ["https://staff.apps.example.com/", "alice@example.com"],
      ["https://staff.apps.example.com/", "bob@example.org"],
      ["https://staff.apps.example.com/", "mallory@example.com"],
      ["https://status.apps.example.com/healthz"],
      ["https://status.apps.example.com/public%2f", "alice@example.com"],
      ["https://parts.apps.example.com/app//x", "x@example.com"],
      ["https://programs.apps.example.com/"],
      ["https://programs.apps.example.com/", "x@example.com"],
      ["https://read.apps.example.com/", "x@example.com", "POST"],
      ["https://twice.apps.example.com/", "x@example.com"],
      ["https://anybody.apps.example.com/"],
      ["https://other.apps.example.com/", "x@example.com"],
    ] as const;
    const explained = questions.map(([url, email, method = "GET"]) => ({
      question: [method, url, ...(email === undefined ? [] : [email])].join(" "),
      ...explain(all, { url: new URL(url), method, email }),
    }));
    assertPinned("decisions.json", explained);
  });
});

describe("the authorizer URL of a Rule", () => {
  it("is parsed back into its lists, and no other URL is parsed", () => {
    const [rule] = rulesOf("staff", {
      access: { emails: ["a+b@example.com"], domains: ["example.org", "example.net"], groups: ["sre"] },
    });
    const config = rule?.spec?.authorizer as { config: { remote: string } };
    assert.deepEqual(parseAuthorizeUrl(config.config.remote), {
      lists: { emails: ["a+b@example.com"], domains: ["example.org", "example.net"], groups: ["sre"] },
    });
    assert.equal(parseAuthorizeUrl("http://elsewhere.example.com/authorize?everybody=1"), undefined);
    assert.equal(parseAuthorizeUrl(`${config.config.remote}&admins=1`), undefined);
    assert.equal(parseAuthorizeUrl(`${config.config.remote}&emails=b%40example.com`), undefined);
  });

  it("is read as nginx compares its entries, however it is spelled", () => {
    const verdict = (list: string, email = "alice@example.com") => {
      const remote = `${authorizeUrlPrefix}${list}`;
      const [rule] = rulesOf("staff", { access: { emails: [email] } });
      const spec = { ...rule?.spec, authorizer: { handler: "remote_json", config: { remote } } };
      const url = new URL("https://staff.apps.example.com/");
      return explain([{ ...rule, spec }], { url, method: "GET", email }).decision;
    };
    assert.equal(verdict("emails=Alice%40Example.com"), "allowed");
    assert.equal(verdict("domains=Example.COM"), "allowed");
    assert.equal(verdict("emails=alice%40example%2Ecom"), "forbidden");
    assert.equal(verdict("emails=%C3%89va%40example.com", "\u00c9va@example.com"), "allowed");
    assert.equal(verdict("emails=%C3%89va%40example.com", "\u00e9va@example.com"), "forbidden");
    assert.equal(verdict("emails=bob%40example.com,100%"), "forbidden");
    assert.equal(verdict("domains=example.com", "example.com"), "forbidden");
    assert.equal(verdict("emails=alice%40example.com&emails=bob%40example.com"), "unknown");
  });
});
