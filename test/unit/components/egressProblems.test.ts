import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import type { EgressArgs } from "../../../components/shared/egress";
import { egressProblems } from "../../../components/shared/egressProblems";
import { problemsOfKnown } from "../../../components/shared/known";

const keycloak = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "keycloak" } } };
const metadata = /where clouds give the node's credentials to anyone who asks/;
const everything = /selects every pod, the gateway's own too/;

const to = (...peers: object[]) => ({ alsoTo: { proxy: [{ to: peers }] } }) as unknown as EgressArgs;

const problemsOf = (egress: EgressArgs | "off" | undefined) =>
  problemsOfKnown(
    (property) => property,
    { egress },
    (path, known) => egressProblems(path("egress"), known.egress),
  );

describe("what a gateway's egress may say", () => {
  const accepted: Readonly<Record<string, EgressArgs | "off" | undefined>> = {
    nothing: undefined,
    "that it is off": "off",
    "the internet": { alsoTo: { proxy: ["internet"], loginUi: [] } },
    "pods of a namespace, at a port": { alsoTo: { identityServer: [{ to: [keycloak], ports: [8080] }] } },
    "labelled pods of every namespace": to({
      namespaceSelector: {},
      podSelector: { matchLabels: { app: "x" } },
    }),
    "a private network": to({ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "fd12::/16" } }),
    "every address but link-local ones": to({ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }),
    "a name server on the node": { dns: [{ to: [{ ipBlock: { cidr: "169.254.20.10/32" } }], ports: [53] }] },
    "labels that are not known yet": to({ podSelector: { matchLabels: output({}) } }),
    "addresses that are not known yet": to({ ipBlock: { cidr: output("0.0.0.0/0") } }),
  };
  for (const [what, egress] of Object.entries(accepted))
    it(`is ${what}`, () => {
      assert.deepEqual(problemsOf(egress), []);
    });

  const refused: Readonly<Record<string, readonly [object, RegExp]>> = {
    "a peer without a word": [{}, /names nobody/],
    "every namespace": [{ namespaceSelector: {} }, everything],
    "every pod, by an empty list of labels": [{ podSelector: { matchLabels: {} } }, everything],
    "every pod of every namespace": [
      { namespaceSelector: {}, podSelector: { matchExpressions: [] } },
      everything,
    ],
    "every address": [{ ipBlock: { cidr: "0.0.0.0/0" } }, metadata],
    "every address but private ones": [
      { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "192.168.0.0/16"] } },
      metadata,
    ],
    "the metadata server": [{ ipBlock: { cidr: "169.254.169.254/32" } }, metadata],
    "every address of IPv6": [{ ipBlock: { cidr: "::/0", except: ["fe80::/10"] } }, metadata],
    "the unique local addresses": [{ ipBlock: { cidr: "fc00::/7" } }, metadata],
    "what is no block": [{ ipBlock: { cidr: "10.0.0.1" } }, /is not a block of addresses/],
    "a name": [{ ipBlock: { cidr: "id.example.com/32" } }, /is not a block of addresses/],
    "a block of too many bits": [{ ipBlock: { cidr: "10.0.0.0/33" } }, /is not a block of addresses/],
  };
  for (const [what, [peer, reason]] of Object.entries(refused))
    it(`is not ${what}`, () => {
      const problems = problemsOf(to(keycloak, peer));
      assert.ok(problems.length > 0);
      for (const { path, reason: given } of problems) {
        assert.ok(path.startsWith("egress.alsoTo.proxy[0].to[1]"), path);
        assert.match(given, reason);
      }
    });

  it("is reported with the paths of all mistakes at once", () => {
    const egress = {
      dns: [{ to: [{}], ports: [0] }],
      alsoTo: { identityServer: ["internet", { to: [], ports: [70000, 443] }] },
    } as unknown as EgressArgs;
    assert.deepEqual(
      problemsOf(egress).map(({ path }) => path),
      [
        "egress.dns[0].to[0]",
        "egress.dns[0].ports[0]",
        "egress.alsoTo.identityServer[1].to",
        "egress.alsoTo.identityServer[1].ports[0]",
      ],
    );
  });
});
