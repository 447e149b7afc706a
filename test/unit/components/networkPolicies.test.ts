import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { podLabels } from "../../../components/shared/labels";
import { run, type Recorded, type Registered } from "../mocks";
import { gateway, staff } from "./programs";

type Labels = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { operator: string; values: string[] }[];
}
interface Peer {
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Port {
  readonly port: number;
  readonly protocol: string;
}

interface Spec {
  readonly podSelector: { readonly matchLabels: Labels };
  readonly policyTypes: string[];
  readonly ingress: { readonly from: Peer[]; readonly ports: Port[] }[];
  readonly egress?: { readonly to?: Peer[]; readonly ports?: Port[] }[];
}

const specOf = ({ inputs }: Registered) => inputs["spec"] as unknown as Spec;
const role = (labels: Labels) =>
  labels["app.kubernetes.io/component"] ?? labels["cnpg.io/cluster"] ?? "every pod";

function name({ ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (ipBlock) return `${ipBlock.cidr}${ipBlock.except ? " less some" : ""}`;
  const selector = podSelector ?? namespaceSelector ?? {};
  const [expression] = selector.matchExpressions ?? [];
  if (expression) return `${expression.operator} ${expression.values.join()}`;
  if (podSelector) return role(podSelector.matchLabels ?? {});
  return Object.values(selector.matchLabels ?? { every: "every namespace" }).join();
}

/** A policy's ingress as `role: port from peers`. */
function ingressLines(policy: Registered): string[] {
  const { podSelector, policyTypes, ingress } = specOf(policy);
  const pods = role(podSelector.matchLabels);
  if (!policyTypes.includes("Ingress")) return [];
  if (ingress.length === 0) return [`${pods}: nobody`];
  return ingress.map(({ from, ports }) => {
    assert.ok(from.length > 0, "no peers would mean everybody");
    return `${pods}: ${ports.map(({ port }) => port).join()} from ${from.map(name).join(", ")}`;
  });
}

/** A policy's egress, by the role of its pods, as `port to peers`. */
function egressOf(made: Recorded): Record<string, string[]> {
  const closing = made
    .ofType(":NetworkPolicy")
    .filter((policy) => specOf(policy).policyTypes.includes("Egress"));
  return Object.fromEntries(
    closing.map((policy) => {
      const { podSelector, egress = [] } = specOf(policy);
      const lines = egress.map(({ to, ports }) => {
        assert.notEqual(to?.length, 0, "no peers would mean everybody");
        const numbers = (ports ?? []).map(({ port, protocol }) =>
          protocol === "TCP" ? port : `${port}/${protocol}`,
        );
        return `${ports ? numbers.join() : "all"} to ${to ? to.map(name).join(", ") : "anything"}`;
      });
      return [role(podSelector.matchLabels), lines] as const;
    }),
  );
}

const dns = "53/UDP,53 to anything";
const postgres = "5432 to postgres";
const identities = [{ subject: "1", email: "alice@example.com" }];

describe("the gateway's NetworkPolicies", () => {
  it("admit only the peers that each part needs, and none to the admin API", async () => {
    const { made } = await run(() => gateway());
    assert.deepEqual(made.ofType(":NetworkPolicy").flatMap(ingressLines).sort(), [
      "every pod: nobody",
      "identity-cleanup: nobody",
      "identity-migration: nobody",
      "identity-server: 4433 from proxy, login-ui",
      "identity-server: 4436 from ingress",
      "identity-server: nobody",
      "login-ui: 3000 from ingress",
      "postgres-backup: nobody",
      "postgres-restore: nobody",
      "postgres: 5432 from identity-server, identity-migration, identity-cleanup, courier, postgres-backup, postgres-restore",
      "proxy: 4455,4459 from ingress",
      "proxy: 4459 from login-ui",
      "proxy: 4461 from every namespace",
      "rules: 8081 from proxy",
    ]);
  });

  it("admit the named scrapers to the metrics", async () => {
    const scraper = { namespaceSelector: { matchLabels: { team: "observability" } } };
    const { made } = await run(() => gateway({ metricsFrom: [scraper] }));
    const policies = made.ofType(":NetworkPolicy").flatMap(ingressLines);
    assert.deepEqual(policies.filter((line) => line.includes("observability")).sort(), [
      "identity-server: 4435 from observability",
      "proxy: 9000 from observability",
      "rules: 8080 from observability",
    ]);
  });

  it("allow each part egress only to what it needs", async () => {
    const smtp = { uri: "smtps://user:password@mail.example.com:2465", from: "login@example.com" };
    const loginProviders = [staff({ admit: "closed", identities })] as const;
    const { made } = await run(() => gateway({ smtp, loginProviders, leavers: {} }));
    assert.deepEqual(egressOf(made), {
      "every pod": [],
      courier: [dns, postgres, "2465 to 0.0.0.0/0 less some, ::/0 less some, every namespace"],
      "identity-cleanup": [dns, postgres],
      "identity-leavers": [dns, "4434 to identity-server"],
      "identity-migration": [dns, postgres],
      "identity-names": [dns, "4434 to identity-server"],
      "identity-server": [dns, postgres, "443 to 0.0.0.0/0 less some, 2000::/3"],
      "login-ui": [dns, "4433 to identity-server", "4459 to proxy"],
      postgres: [],
      "postgres-backup": [dns, postgres],
      "postgres-restore": [dns, postgres],
      proxy: [
        dns,
        "4433 to identity-server",
        "8081 to rules",
        "4461 to proxy",
        "all to NotIn portcullis, NotIn portcullis",
      ],
      rules: [dns, "443,6443,8443,16443 to anything"],
    });
  });

  it("exclude clusters, private networks and cloud metadata servers from public addresses", async () => {
    const { made } = await run(() => gateway());
    const blocks = (specOf(made.one(":NetworkPolicy", "access-identity-egress")).egress ?? []).flatMap(
      ({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []),
    );
    assert.deepEqual(blocks, [
      {
        cidr: "0.0.0.0/0",
        except: [
          ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
          ...["192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"],
        ],
      },
      { cidr: "2000::/3" },
    ]);
  });

  it("allow the proxy only to pods outside the gateway, by namespace name and pod labels", async () => {
    const { made } = await run(() => gateway({ namespace: { name: "login", create: true } }));
    const { egress = [] } = specOf(made.one(":NetworkPolicy", "access-proxy"));
    assert.deepEqual(egress.at(-1), {
      to: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["login"] }],
          },
        },
        {
          podSelector: {
            matchExpressions: [
              { key: "app.kubernetes.io/part-of", operator: "NotIn", values: ["portcullis"] },
            ],
          },
        },
      ],
    });
  });

  it("allow the identity server to the ports of its providers, and to an external database anywhere", async () => {
    const database = {
      kind: "external",
      host: "postgres.example.com",
      port: 6432,
      database: "kratos",
      user: "kratos",
      password: "secret",
      sslMode: "verify-full",
    } as const;
    const loginProviders = [staff({ issuerUrl: "https://id.example.com:8443" })] as const;
    const { made } = await run(() => gateway({ database, loginProviders }));
    const anywhere = "6432 to 0.0.0.0/0 less some, ::/0 less some, every namespace";
    const { "identity-server": server, "identity-migration": migration } = egressOf(made);
    assert.deepEqual(server, [dns, anywhere, "443,8443 to 0.0.0.0/0 less some, 2000::/3"]);
    assert.deepEqual(migration, [dns, anywhere]);

    const peers = [{ ipBlock: { cidr: "10.20.0.7/32" } }];
    const { made: known } = await run(() => gateway({ database: { ...database, peers } }));
    assert.deepEqual(egressOf(known)["identity-cleanup"], [dns, "6432 to 10.20.0.7/32"]);
  });

  it("allow the clean-up to the Cloud SQL database by address, and to CloudNativePG's by its pods", async () => {
    const cloudSql = {
      kind: "cloudSql",
      region: "europe-west3",
      network: "projects/p/global/networks/n",
    } as const;
    const { made: google } = await run(() => gateway({ database: cloudSql }));
    assert.deepEqual(egressOf(google)["identity-cleanup"], [dns, "5432 to 10.0.0.3/32"]);
    const { made: operator } = await run(() =>
      gateway({ database: { kind: "cloudNativePg", backup: "off" } }),
    );
    const clean = specOf(operator.one(":NetworkPolicy", "access-identity-cleanup")).egress ?? [];
    assert.deepEqual(clean[1]?.to?.map(name), ["access-postgres"]);
    assert.deepEqual(specOf(operator.one(":NetworkPolicy", "access-postgres")).policyTypes, ["Ingress"]);
  });

  it("allow a part to its additional peers and to other name servers", async () => {
    const to = [{ namespaceSelector: { matchLabels: { name: "keycloak" } } }] as const;
    const alsoTo = { identityServer: [{ to, ports: [8080] }, { to }], proxy: ["internet"] } as const;
    const resolver = [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "dns" } } }] as const;
    const { made } = await run(() => gateway({ egress: { alsoTo, dns: [{ to: resolver, ports: [5353] }] } }));
    const {
      "identity-server": server,
      "identity-cleanup": cleanup,
      "login-ui": loginUi,
      proxy,
    } = egressOf(made);
    const also = ["8080 to keycloak", "all to keycloak"];
    const byDns = "5353/UDP,5353 to dns";
    assert.deepEqual(server?.slice(-2), also);
    assert.deepEqual(cleanup, [byDns, postgres, ...also]);
    assert.deepEqual(loginUi, [byDns, "4433 to identity-server", "4459 to proxy"]);
    assert.equal(proxy?.at(-1), "443 to 0.0.0.0/0 less some, 2000::/3");
  });

  it("allow the key server to the API server, and the proxy to the key server", async () => {
    const serviceAccountIssuer = "https://kubernetes.default.svc.cluster.local";
    const { made } = await run(() => gateway({ serviceAccountIssuer }));
    const { "service-account-keys": keys, proxy } = egressOf(made);
    assert.deepEqual(keys, [dns, "443,6443,8443,16443 to anything"]);
    assert.ok(proxy?.some((line) => line.endsWith(" to service-account-keys")));
  });

  it("restrict no egress when egress is off", async () => {
    const { made } = await run(() => gateway({ egress: "off" }));
    for (const policy of made.ofType(":NetworkPolicy")) {
      assert.deepEqual(specOf(policy).policyTypes, ["Ingress"], policy.name);
      assert.ok(!("egress" in specOf(policy)), policy.name);
    }
  });

  it("open at once when egress is turned off, because the policy for all pods waits for no other", async () => {
    const { made } = await run(() => gateway({ egress: "off" }));
    const { after } = made.one(":NetworkPolicy", "access-default-deny");
    assert.deepEqual(
      after.filter((one) => one.includes(":NetworkPolicy") || one.includes(":Deployment")),
      [],
    );
  });

  it("cut off no part during a change: the policy for all pods comes last, a part's own before its pods", async () => {
    const { made } = await run(() => gateway());
    const { after } = made.one(":NetworkPolicy", "access-default-deny");
    const others = made.ofType(":NetworkPolicy").filter(({ name }) => name !== "access-default-deny");
    for (const { type, name } of others) assert.ok(after.includes(`${type} ${name}`), name);
    const operator = made.one(":Deployment", "access-rules").after;
    assert.ok(operator.includes("kubernetes:networking.k8s.io/v1:NetworkPolicy access-rules"));
    const server = made.one(":Deployment", "access-identity").after;
    assert.ok(server.includes("kubernetes:networking.k8s.io/v1:NetworkPolicy access-identity-egress"));
    const migration = made.one(":Job", "access-identity-migrate").after;
    assert.ok(migration.includes("kubernetes:networking.k8s.io/v1:NetworkPolicy access-identity-migrate"));
  });

  it("admit nobody to the identity server before its own policy exists: its admin API has no authentication", async () => {
    for (const egress of [undefined, "off"] as const) {
      const { made } = await run(() => gateway({ ...(egress && { egress }), leavers: {} }));
      const { after } = made.one(":Deployment", "access-identity");
      const closed = made
        .ofType(":NetworkPolicy")
        .filter(({ type, name }) => after.includes(`${type} ${name}`))
        .map((one) => specOf(one));
      const labels = podLabels("identity-server");
      assert.ok(
        closed.some(
          ({ podSelector, policyTypes, ingress }) =>
            isDeepStrictEqual(podSelector.matchLabels, labels) &&
            policyTypes.includes("Ingress") &&
            ingress.length === 0,
        ),
      );
    }
  });
});
