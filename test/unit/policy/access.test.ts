import assert from "node:assert/strict";
import { adminServices } from "../../../policy/policies/adminServices";
import { admitSet } from "../../../policy/policies/admitSet";
import { changeOf, describePolicy } from "./cases";
import { judge } from "./harness";
import { protectedStack } from "./programs";

describePolicy(admitSet, {
  stack: protectedStack,
  subject: "OidcClient staff",
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
  stack: protectedStack,
  subject: "Service access-identity-admin",
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

describePolicy(adminServices, {
  stack: protectedStack,
  subject: "Service access-identity-public",
  // Another number, or a name, of a Service leads to the admin port of the pods all the same.
  broken: [
    [
      "spec",
      {
        type: "NodePort",
        selector: { "app.kubernetes.io/component": "identity-server" },
        ports: [{ port: 80, targetPort: 4434 }],
      },
      /opens an admin API/,
    ],
    [
      "spec",
      {
        type: "NodePort",
        selector: { "app.kubernetes.io/component": "identity-server" },
        ports: [{ port: 80, targetPort: "admin" }],
      },
      /opens an admin API/,
    ],
  ],
  fine: [["spec.type", "NodePort"]],
});

describe("admin-services", () => {
  const policy = "NetworkPolicy access-identity";
  const others = ["access-default-deny", "access-identity-egress"];
  /** Findings where this is the only NetworkPolicy of the pods. */
  const violations = async (path: string, value: unknown, of = policy) => {
    const stack = (await protectedStack()).filter(({ name }) => !others.includes(name));
    const { violations: found } = judge(adminServices, changeOf(stack, of, path, value));
    return found.filter((one) => one.startsWith("access-identity-admin"));
  };

  it("wants a policy about connections to these pods", async () => {
    assert.equal((await violations("spec.policyTypes", ["Egress"])).length, 1);
    assert.equal((await violations("spec.policyTypes", undefined)).length, 0);
    assert.equal((await violations("spec.podSelector", {})).length, 0);
    const expression = { key: "tier", operator: "Exists" };
    assert.equal((await violations("spec.podSelector.matchExpressions", [expression])).length, 1);
  });

  it("wants none that lets everybody connect to the admin API, whatever else it lists", async () => {
    const admin = [{ port: 4434 }];
    const anywhere = { namespaceSelector: {} };
    for (const rule of [
      {},
      { from: [] },
      { from: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "0.0.0.0/0" } }], ports: admin },
      { from: [{ ipBlock: { cidr: "::/0" } }] },
      { from: [anywhere], ports: [{ port: "admin" }] },
      { from: [{ ...anywhere, podSelector: {} }], ports: [{ port: 4000, endPort: 5000 }] },
      { ports: [{ protocol: "TCP" }] },
    ]) {
      const [found, ...more] = await violations("spec.ingress", [{ from: [{ podSelector: {} }] }, rule]);
      assert.match(found ?? "", /"access-identity" opens to everybody/, JSON.stringify(rule));
      assert.deepEqual(more, []);
    }
    const tier = { matchLabels: { tier: "monitoring" } };
    for (const rule of [
      { ports: [{ port: 4433 }] },
      { ports: [{ port: "public" }] },
      { from: [{ namespaceSelector: tier }] },
      { from: [{ ...anywhere, podSelector: tier }] },
      { from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
      { from: [anywhere], ports: [{ port: 4000, endPort: 4433 }] },
    ])
      assert.deepEqual(await violations("spec.ingress", [rule]), [], JSON.stringify(rule));
  });

  it("looks at the labels that the pods have besides the Service's selector", async () => {
    const instance = { matchLabels: { "app.kubernetes.io/instance": "access-identity" } };
    assert.equal((await violations("spec.podSelector", instance)).length, 0);
    const other = { matchLabels: { "app.kubernetes.io/instance": "other" } };
    assert.equal((await violations("spec.podSelector", other)).length, 1);
  });

  it("has its ports as an option", async () => {
    const open = changeOf(await protectedStack(), "Service access-identity-public", "spec.type", "NodePort");
    assert.deepEqual(judge(adminServices, open), { violations: [] });
    assert.equal(judge(adminServices, open, { options: { ports: [4433] } }).violations.length, 1);
  });
});
