import assert from "node:assert/strict";
import { adminServices } from "../../../policy/policies/adminServices";
import { admitSet } from "../../../policy/policies/admitSet";
import { changeOf, describePolicy } from "./cases";
import { judge, type Resource } from "./harness";
import { gatewayNamespace, protectedStack } from "./programs";

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
  // A Service with another port number, or a port name, also leads to the admin port of the pods.
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
  /** Findings if this is the only NetworkPolicy of the pods. */
  const violations = async (path: string, value: unknown, of = policy) => {
    const stack = (await protectedStack()).filter(({ name }) => !others.includes(name));
    const { violations: found } = judge(adminServices, changeOf(stack, of, path, value));
    return found.filter((one) => one.startsWith("access-identity-admin"));
  };

  it("asks for a policy about connections to these pods", async () => {
    assert.equal((await violations("spec.policyTypes", ["Egress"])).length, 1);
    assert.equal((await violations("spec.policyTypes", undefined)).length, 0);
    assert.equal((await violations("spec.podSelector", {})).length, 0);
    const expression = { key: "tier", operator: "Exists" };
    assert.equal((await violations("spec.podSelector.matchExpressions", [expression])).length, 1);
  });

  it("asks for one that does not let everybody connect to the admin API, whatever else it lists", async () => {
    const admin = [{ port: 4434 }];
    const anywhere = { namespaceSelector: {} };
    for (const rule of [
      {},
      { from: [] },
      { from: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "0.0.0.0/0" } }], ports: admin },
      { from: [{ ipBlock: { cidr: "::/0" } }] },
      { from: [{ ipBlock: { cidr: "0.0.0.0/1" } }, { ipBlock: { cidr: "128.0.0.0/1" } }] },
      { from: [{ ipBlock: { cidr: "10.0.0.0/7" } }] },
      { from: [{ ipBlock: { cidr: "2000::/3" } }] },
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
      { from: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "fc00::/7" } }] },
      { from: [anywhere], ports: [{ port: 4000, endPort: 4433 }] },
    ])
      assert.deepEqual(await violations("spec.ingress", [rule]), [], JSON.stringify(rule));
  });

  it("reads the labels that the pods have besides the Service's selector", async () => {
    const instance = { matchLabels: { "app.kubernetes.io/instance": "access-identity" } };
    assert.equal((await violations("spec.podSelector", instance)).length, 0);
    const other = { matchLabels: { "app.kubernetes.io/instance": "other" } };
    assert.equal((await violations("spec.podSelector", other)).length, 1);
  });

  /** The stack with a second workload behind the Service of the admin API. */
  const withSecond = async (labels: object, ports: readonly object[] = []) => {
    const stack = await protectedStack();
    const service = stack.find(({ name }) => name === "access-identity-admin");
    const { selector } = service?.props["spec"] as { readonly selector: object };
    const second: Resource = {
      type: "kubernetes:apps/v1:Deployment",
      name: "second",
      props: {
        metadata: { name: "second", namespace: gatewayNamespace },
        spec: {
          template: {
            metadata: { labels: { ...selector, ...labels } },
            spec: { containers: [{ name: "second", image: "second:1", ports }] },
          },
        },
      },
    };
    return [...stack.filter(({ name }) => !others.includes(name)), second];
  };

  it("asks for a policy about the pods of every workload behind the Service, not only of the first", async () => {
    const instance = "app.kubernetes.io/instance";
    const bound = (stack: readonly Resource[]) =>
      changeOf(stack, policy, "spec.podSelector", { matchLabels: { [instance]: "access-identity" } });
    const ofAdmin = (stack: readonly Resource[]) =>
      judge(adminServices, stack).violations.filter((one) => one.startsWith("access-identity-admin"));
    const same = await withSecond({ [instance]: "access-identity" });
    assert.deepEqual(ofAdmin(bound(same)), []);
    const other = await withSecond({ [instance]: "second" });
    for (const stack of [other, [...other].reverse()]) {
      const [violation, ...more] = ofAdmin(bound(stack));
      assert.match(violation ?? "", /spec\.selector: leads to pods that no NetworkPolicy/);
      assert.deepEqual(more, []);
    }
  });

  it("finds the admin port behind a name that means another port in another workload", async () => {
    const stack = await withSecond({}, [{ name: "admin", containerPort: 8080 }]);
    const subject = "Service access-identity-public";
    const named = changeOf(
      changeOf([...stack].reverse(), subject, "spec.ports", [{ port: 80, targetPort: "admin" }]),
      subject,
      "spec.type",
      "NodePort",
    );
    assert.match(
      judge(adminServices, named).violations.join(),
      /access-identity-public: spec\.type: opens an/,
    );
  });

  it("has the ports as an option", async () => {
    const open = changeOf(await protectedStack(), "Service access-identity-public", "spec.type", "NodePort");
    assert.deepEqual(judge(adminServices, open), { violations: [] });
    assert.equal(judge(adminServices, open, { options: { ports: [4433] } }).violations.length, 1);
  });
});
