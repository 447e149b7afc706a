import assert from "node:assert/strict";
import { adminServices } from "../../../policy/policies/adminServices";
import { admitSet } from "../../../policy/policies/admitSet";
import { namespaceOwnsHosts } from "../../../policy/policies/namespaceOwnsHosts";
import { routesToProxy } from "../../../policy/policies/routesToProxy";
import { ruleAuthenticators } from "../../../policy/policies/ruleAuthenticators";
import { ruleMutators } from "../../../policy/policies/ruleMutators";
import { rulePattern } from "../../../policy/policies/rulePattern";
import { rulePublicPaths } from "../../../policy/policies/rulePublicPaths";
import { sentinelRule } from "../../../ory/oathkeeper/sentinel";
import { describePolicy } from "./cases";
import {
  adminService,
  httpRoute,
  frontService,
  identityService,
  ingress,
  loginProvider,
  namespace,
  networkPolicy,
  proxyService,
  rule,
} from "./fixtures";
import { change, judge } from "./harness";

const toService = (name: string, port = 80) => ({ service: { name, port: { number: port } } });
const first = "spec.rules[0].http.paths[0].backend";
const entrances = [proxyService, identityService, frontService];

describePolicy(routesToProxy, {
  subject: ingress,
  beside: entrances,
  circumstances: { options: { publicHosts: ["www.example.com"] } },
  broken: [
    [
      first,
      toService("shop"),
      /rules\[0\]\.http\.paths\[0\]\.backend: leads shop\.apps\.example\.com around.*"access\/shop"/,
    ],
    [first, toService("access-public", 4434), /around the login/],
    [first, toService("access-public", 4433), /around the login/],
    [first, { resource: { kind: "Bucket", name: "shop" } }, /found "no Service"/],
    ["spec.defaultBackend", toService("shop"), /spec\.defaultBackend: leads every host around/],
    [
      "spec.rules[0]",
      { host: "www.example.co", http: { paths: [{ backend: toService("shop") }] } },
      /www\.example\.co /,
    ],
    ["spec.rules[0]", { http: { paths: [{ backend: toService("shop") }] } }, /leads every host around/],
  ],
  fine: [
    ["spec.rules[0]", { host: "www.example.com", http: { paths: [{ backend: toService("shop") }] } }],
    ["spec.rules[0]", { host: "tls-only.example.com" }],
    [first, toService("access-front", 4436)],
  ],
  unknown: [`${first}.service.name`],
});

describePolicy(routesToProxy, {
  subject: httpRoute,
  beside: entrances,
  broken: [
    [
      "spec.rules[0].backendRefs[0].namespace",
      undefined,
      /rules\[0\]\.backendRefs\[0\].*"shops\/access-proxy"/,
    ],
    ["spec.rules[0].backendRefs[1]", { name: "shop", port: 80 }, /backendRefs\[1\].*"shops\/shop"/],
    ["spec.rules[0].backendRefs[0].kind", "ServiceImport", /found "no Service"/],
  ],
  fine: [["spec.rules[0].backendRefs", undefined]],
  unknown: ["spec.rules[0].backendRefs[0].name"],
});

describe("routes-to-proxy", () => {
  it("knows the proxy of another stack by its name", () => {
    assert.equal(judge(routesToProxy, [httpRoute]).violations.length, 1);
    const options = { proxies: ["access/*"] };
    assert.deepEqual(judge(routesToProxy, [httpRoute], { options }), { violations: [] });
  });

  it("does not take a Service of that name in another namespace", () => {
    const impostor = change(proxyService, "metadata.namespace", "shops");
    assert.equal(judge(routesToProxy, [httpRoute, impostor]).violations.length, 1);
  });
});

describePolicy(rulePattern, {
  subject: rule,
  broken: [
    [
      "spec.match.url",
      "https://<**>/",
      /spec\.match\.url: does not begin with literal hosts.*found "https:\/\/<\*\*>\/"/,
    ],
    ["spec.match.url", "https://shop.apps.example.com<**>", /literal hosts/],
    ["spec.match", undefined, /found ""/],
  ],
  fine: [["spec.match.url", sentinelRule.match.url]],
  unknown: ["spec.match.url"],
});

describePolicy(ruleAuthenticators, {
  subject: rule,
  broken: [
    ["spec.authenticators", [], /spec\.authenticators: names none/],
    ["spec.authenticators", undefined, /names none \(found nothing\)/],
  ],
  unknown: ["spec.authenticators"],
});

describePolicy(ruleMutators, {
  subject: rule,
  broken: [
    ["spec.mutators", [{ handler: "cookie" }], /spec\.mutators: lets identity headers.*found \["cookie"\]/],
    ["spec.mutators", undefined, /found \[\]/],
    ["spec.mutators", [{ handler: "noop" }], /found \["noop"\]/],
  ],
  fine: [["spec", sentinelRule]],
  unknown: ["spec.mutators[0].handler"],
});

const health = "https://shop.apps.example.com/health";
const anonymous = [{ handler: "anonymous" }];

describePolicy(rulePublicPaths, {
  subject: rule,
  circumstances: { options: { publicUrls: [health] } },
  broken: [
    [
      "spec.authenticators",
      anonymous,
      /spec\.authenticators: opens https:.* to anybody \(found "anonymous"\)/,
    ],
    ["spec.authenticators", [{ handler: "cookie_session" }, { handler: "noop" }], /found "noop"/],
  ],
  fine: [["spec", { match: { url: health }, authenticators: anonymous }]],
  unknown: ["spec.authenticators"],
});

describe("rule-public-paths", () => {
  const open = change(rule, "spec.authenticators", anonymous);
  const declared = { ...open, parents: ["portcullis:index:ProtectedService"] };

  it("takes what a ProtectedService declares, unless the option says otherwise", () => {
    assert.deepEqual(judge(rulePublicPaths, [declared]), { violations: [] });
    const options = { acceptPublicPaths: false };
    assert.equal(judge(rulePublicPaths, [declared], { options }).violations.length, 1);
  });

  it("takes one listed URL, and none that only begins so", () => {
    const longer = change(open, "spec.match.url", `${health}/<**>`);
    assert.equal(
      judge(rulePublicPaths, [longer], { options: { publicUrls: [health] } }).violations.length,
      1,
    );
  });
});

describePolicy(namespaceOwnsHosts, {
  subject: rule,
  beside: [namespace],
  broken: [
    ["spec.match.url", "https://shop.apps.example.com.evil/<**>", /found "shop\.apps\.example\.com\.evil"/],
    ["spec.match.url", "https://other.apps.example.com/<**>", /the namespace shops does not own/],
    ["spec.match.url", "https://shops.apps.example.com/<**>", /found "shops\.apps\.example\.com"/],
  ],
  fine: [
    ["spec.match.url", "https://a.b.shops.apps.example.com:8443/<**>"],
    ["spec.match.url", sentinelRule.match.url],
  ],
  unknown: ["spec.match.url"],
});

describe("namespace-owns-hosts", () => {
  const nameless = change(namespace, "metadata.annotations", undefined);

  it("finds nothing owned by a namespace without the annotation", () => {
    assert.equal(judge(namespaceOwnsHosts, [rule, nameless]).violations.length, 2);
  });

  it("leaves Rules of the gateway, and of namespaces of other stacks, to the API server", () => {
    const options = { gatewayNamespaces: ["shops"] };
    assert.deepEqual(judge(namespaceOwnsHosts, [rule, nameless], { options }), { violations: [] });
    assert.deepEqual(judge(namespaceOwnsHosts, [rule]), { violations: [] });
  });
});

describePolicy(admitSet, {
  subject: loginProvider,
  broken: [
    ["admit", undefined, /admit: names nobody \(found nothing\)/],
    ["admit", {}, /names nobody/],
    ["admit.emailDomains", [], /names nobody/],
    ["admit", "open", /found "open"/],
  ],
  fine: [
    ["admit", "closed"],
    ["admit", { emails: ["alice@example.com"] }],
  ],
  unknown: ["admit"],
});

describePolicy(adminServices, {
  subject: adminService,
  beside: [networkPolicy],
  broken: [
    ["spec.type", "NodePort", /spec\.type: opens an admin API.*"NodePort"/],
    ["spec.type", "LoadBalancer", /"LoadBalancer"/],
    ["spec.externalIPs", ["192.0.2.1"], /spec\.externalIPs/],
    ["spec.selector", { app: "other" }, /spec\.selector: leads to pods that no NetworkPolicy/],
    ["spec.selector", undefined, /no NetworkPolicy/],
    ["metadata.namespace", "other", /no NetworkPolicy/],
  ],
  fine: [
    ["spec.type", "ClusterIP"],
    ["spec", { type: "LoadBalancer", ports: [{ port: 4433 }] }],
  ],
  unknown: ["spec.type", "spec.ports"],
});

describe("admin-services", () => {
  const violations = (path: string, value: unknown) =>
    judge(adminServices, [adminService, change(networkPolicy, path, value)]).violations.length;

  it("wants a policy about connections to these pods", () => {
    assert.equal(violations("spec.policyTypes", ["Egress"]), 1);
    assert.equal(violations("spec.policyTypes", undefined), 0);
    assert.equal(violations("spec.podSelector", {}), 0);
    assert.equal(violations("spec.podSelector.matchExpressions", [{ key: "tier", operator: "Exists" }]), 1);
  });

  it("looks at the labels that the pods have besides the Service's selector", () => {
    const named = { matchLabels: { "app.kubernetes.io/name": "kratos" } };
    const labels = { ...(adminService.props["spec"] as { selector: object }).selector, ...named.matchLabels };
    const pods = {
      type: "kubernetes:apps/v1:Deployment",
      name: "kratos",
      props: { metadata: { namespace: "access" }, spec: { template: { metadata: { labels } } } },
    };
    const narrow = change(networkPolicy, "spec.podSelector", named);
    assert.equal(judge(adminServices, [adminService, narrow]).violations.length, 1);
    assert.deepEqual(judge(adminServices, [adminService, narrow, pods]), { violations: [] });
  });

  it("has its ports as an option", () => {
    const open = change(identityService, "spec.type", "NodePort");
    assert.deepEqual(judge(adminServices, [open]), { violations: [] });
    assert.equal(judge(adminServices, [open], { options: { ports: [4433] } }).violations.length, 2);
  });
});
