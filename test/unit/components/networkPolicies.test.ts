import assert from "node:assert/strict";
import { run, type Registered } from "../mocks";
import { gateway } from "./programs";

type Peer =
  | { readonly namespaceSelector: { readonly matchLabels?: Labels } }
  | { readonly podSelector: { readonly matchLabels: Labels } };
type Labels = Readonly<Record<string, string>>;

interface Spec {
  readonly podSelector: { readonly matchLabels: Labels };
  readonly policyTypes: string[];
  readonly ingress: { readonly from: Peer[]; readonly ports: { readonly port: number }[] }[];
}

const role = (labels: Labels) => labels["app.kubernetes.io/component"] ?? "every pod";

function name(peer: Peer): string {
  if ("podSelector" in peer) return role(peer.podSelector.matchLabels);
  return Object.values(peer.namespaceSelector.matchLabels ?? { every: "every namespace" }).join();
}

/** A policy as `role: port from peers`. */
function lines({ inputs }: Registered): string[] {
  const { podSelector, policyTypes, ingress } = inputs["spec"] as unknown as Spec;
  const pods = role(podSelector.matchLabels);
  assert.deepEqual(policyTypes, ["Ingress"]);
  if (ingress.length === 0) return [`${pods}: nobody`];
  return ingress.map(({ from, ports }) => {
    assert.ok(from.length > 0, "no peers would mean everybody");
    return `${pods}: ${ports.map(({ port }) => port).join()} from ${from.map(name).join(", ")}`;
  });
}

describe("the gateway's NetworkPolicies", () => {
  it("let in whom a part needs, and the admin API's callers not at all", async () => {
    const { made } = await run(() => gateway());
    assert.deepEqual(made.ofType(":NetworkPolicy").flatMap(lines).sort(), [
      "every pod: nobody",
      "identity-server: 4433 from proxy, login-ui",
      "identity-server: 4436 from ingress",
      "login-ui: 3000 from ingress",
      "postgres: 5432 from identity-server, identity-migration, identity-cleanup, courier, postgres-backup, postgres-restore",
      "proxy: 4455,4459 from ingress",
      "proxy: 4461 from every namespace",
      "rules: 8081 from proxy",
    ]);
  });

  it("let whoever is named at the metrics", async () => {
    const scraper = { namespaceSelector: { matchLabels: { team: "observability" } } };
    const { made } = await run(() => gateway({ metricsFrom: [scraper] }));
    const policies = made.ofType(":NetworkPolicy").flatMap(lines);
    assert.deepEqual(policies.filter((line) => line.includes("observability")).sort(), [
      "identity-server: 4435 from observability",
      "proxy: 9000 from observability",
      "rules: 8080 from observability",
    ]);
  });
});
