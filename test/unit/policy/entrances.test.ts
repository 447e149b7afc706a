import { Service } from "@pulumi/kubernetes/core/v1";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
import assert from "node:assert/strict";
import { podLabels, type Role } from "../../../components/shared/labels";
import { routesToProxy } from "../../../policy/policies/routesToProxy";
import { gateway } from "../components/programs";
import { changeOf } from "./cases";
import { judge, unknownText } from "./harness";
import { gatewayNamespace, joined, protectedStack, recording, serviceHost, type Recording } from "./programs";

/** The pods' ports that browsers reach. */
const entrances = [
  ["login-ui", 3000],
  ["proxy", 4455],
  ["identity-server", 4436],
] as const;

/** A Service with the labels of the gateway's pods, and an Ingress to it. */
function wiki(namespace: string, role: Role, targetPort: number): void {
  const metadata = { name: "wiki", namespace };
  new Service("wiki", { metadata, spec: { selector: podLabels(role), ports: [{ port: 80, targetPort }] } });
  const backend = { service: { name: "wiki", port: { number: 80 } } };
  const http = { paths: [{ pathType: "Prefix", backend }] };
  new Ingress("wiki", { metadata, spec: { rules: [{ host: serviceHost, http }] } });
}

const ofTeam = (role: Role, port: number): Recording =>
  recording(() => {
    wiki("team-a", role, port);
  });

describe("routes-to-proxy, by the labels of the gateway's pods, which anybody may write:", () => {
  for (const [role, port] of entrances)
    it(`refuses a Service outside the gateway's namespace: ${role}`, async () => {
      const alone = ofTeam(role, port);
      for (const stack of [await alone(), await joined(protectedStack, alone)()]) {
        const { violations } = judge(routesToProxy, stack);
        assert.equal(violations.length, 1, violations.join("\n"));
        assert.match(violations[0] ?? "", /^wiki: .*: bypasses the login for .* \(found "team-a\/wiki"\)/);
        const options = { proxies: ["team-a/wiki"] };
        assert.deepEqual(judge(routesToProxy, stack, { options }), { violations: [] });
      }
    });

  it("accepts a second Service in the gateway's namespace, whatever the namespace's name", async () => {
    for (const [role, port] of entrances) {
      const stack = recording(() => {
        gateway({ namespace: { name: "login", create: true } });
        wiki("login", role, port);
      });
      assert.deepEqual(judge(routesToProxy, await stack()), { violations: [] });
    }
  });

  it("accepts the Services of single parts, without a rule operator in the stack", async () => {
    const parts = ["LoginUi", "IdentityServer", "AccessProxy"].map((part) => `portcullis:index:${part}`);
    const stack = (await protectedStack()).filter(({ parents = [] }) =>
      parents.some((parent) => parts.includes(parent)),
    );
    assert.equal(stack.filter(({ type }) => type.endsWith(":Ingress")).length, 2);
    assert.deepEqual(judge(routesToProxy, stack), { violations: [] });
    const bare = stack.map(({ type, name, props }) => ({ type, name, props }));
    assert.ok(judge(routesToProxy, bare).violations.length > 1, "by who makes them");
    const options = { proxies: [`${gatewayNamespace}/*`] };
    assert.deepEqual(judge(routesToProxy, bare, { options }), { violations: [] });
  });

  it("waits for the name of the gateway's namespace", async () => {
    const stack = await joined(protectedStack, ofTeam("login-ui", 3000))();
    const sentinel = "Rule access-rules-sentinel";
    const later = judge(routesToProxy, changeOf(stack, sentinel, "metadata.namespace", unknownText));
    assert.deepEqual(later.violations, []);
    assert.match(later.unknown ?? "", /namespace/);
  });
});
