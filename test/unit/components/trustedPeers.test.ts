import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import { problemsOfKnown } from "../../../components/shared/known";
import type { NetworkPolicyPeer } from "../../../components/shared/networkPolicies";
import { clientsProblems, trustedPeerProblems } from "../../../components/shared/peerProblems";

const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "traefik" } };
const podSelector = { matchLabels: { "app.kubernetes.io/name": "traefik" } };

const reasons = (peer: NetworkPolicyPeer) =>
  problemsOfKnown(
    (property) => property,
    { from: [peer] },
    (path, { from = [] }) => trustedPeerProblems(path("from"), from),
  ).map(({ reason }) => reason);

describe("peers that may connect", () => {
  const paths = (peers: readonly NetworkPolicyPeer[]) =>
    problemsOfKnown(
      (property) => property,
      { peers },
      (path, known) => clientsProblems(path("peers"), known.peers ?? []),
    ).map(({ path }) => path);

  it("are certain pods or addresses, and neither every pod nor every address", () => {
    const all = "0.0.0.0/0";
    assert.deepEqual(
      paths([
        { namespaceSelector },
        { ipBlock: { cidr: "10.0.0.0/8" } },
        { ipBlock: { cidr: all, except: ["10.0.0.0/8"] } },
        { ipBlock: { cidr: output(all) } },
        { ipBlock: { cidr: all, except: [output("10.0.0.0/8")] } },
      ]),
      [],
    );
    const blocks = [{ cidr: all }, { cidr: all, except: [] }, { cidr: "::/0" }];
    const open = [{ namespaceSelector: {} }, ...blocks.map((ipBlock) => ({ ipBlock }))];
    assert.deepEqual(
      paths(open).toSorted(),
      open.map((_, index) => `peers[${index}]`),
    );
  });
});

describe("peers whose forwarded headers the proxy trusts", () => {
  it("may be certain pods or addresses", () => {
    for (const peer of [
      { namespaceSelector, podSelector },
      { namespaceSelector },
      { podSelector },
      { namespaceSelector, podSelector: {} },
      { namespaceSelector: { matchExpressions: [{ key: "ingress", operator: "Exists" }] }, podSelector },
      { ipBlock: { cidr: "10.1.2.0/24" } },
      { namespaceSelector: output({}) },
      { namespaceSelector: { matchLabels: output({ a: "b" }) } },
    ])
      assert.deepEqual(reasons(peer), [], JSON.stringify(peer));
  });

  it("may not be everybody, by an empty selector or all addresses", () => {
    for (const [peer, reason] of [
      [{}, /names nobody/],
      [{ namespaceSelector: {} }, /every namespace/],
      [{ namespaceSelector: { matchLabels: {} }, podSelector }, /every namespace/],
      [{ podSelector: { matchLabels: {}, matchExpressions: [] } }, /every pod of the gateway's namespace/],
      [{ ipBlock: { cidr: "0.0.0.0/0" } }, /every address/],
      [{ ipBlock: { cidr: "::/0" } }, /every address/],
    ] as const) {
      const found = reasons(peer as NetworkPolicyPeer);
      assert.equal(found.length, 1, JSON.stringify(peer));
      assert.match(found[0] ?? "", reason);
    }
  });
});
