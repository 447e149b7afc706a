import assert from "node:assert/strict";
import { mock } from "node:test";
import { Service } from "@pulumi/kubernetes/core/v1";
import type { GatewayRef } from "../../../components/gatewayRef";
import type { ProtectedServiceArgs } from "../../../components/protectedService";
import { preview } from "../mocks";
import { gateway, ingressController, ofOtherStack, service, vmagent } from "./programs";

const none = { authorities: [], clientCertificates: {}, credentials: {} };
const route = { kind: "ingress", wildcard: true } as const;
const ofStack: GatewayRef = { ...ofOtherStack, route, upstreams: none };

/** The warnings of a program in preview. */
async function warnings(
  args: Partial<ProtectedServiceArgs> | (() => Partial<ProtectedServiceArgs>),
): Promise<string[]> {
  const printed = mock.method(console, "warn", () => undefined);
  try {
    await preview(() => service({ gateway: ofStack, ...(typeof args === "function" ? args() : args) }));
    return printed.mock.calls.map(({ arguments: [line] }) => String(line));
  } finally {
    printed.mock.restore();
  }
}

const url = (to: string) => ({ upstream: { url: to }, isolation: "none", namespace: "team-a" }) as const;
const ofProgram = (namespace: string) => () => {
  const spec = { selector: { app: "a" }, ports: [{ port: 80 }] };
  const own = new Service("shop", { metadata: { name: "shop", namespace }, spec });
  return { upstream: { service: own, port: 80 }, namespace: "team-a" };
};

describe("the upstream of a Rule in a team's namespace", () => {
  it("causes a warning when it is not a Service there, which the API server would refuse", async () => {
    const [line = "", ...others] = await warnings({ namespace: "team-a", upstream: vmagent });
    assert.deepEqual(others, []);
    assert.ok(
      line.includes(
        "args.upstream: is not a Service of team-a, the namespace of the Rule: the API server refuses that, unless the namespace" +
          ' has the annotation portcullis-admission=off (found "http://vmagent.monitoring.svc:8429").' +
          " Name a Service of team-a, by a url as http://NAME.team-a.svc:PORT, or leave namespace out.",
      ),
      line,
    );
    for (const args of [
      url("http://192.0.2.7:9090"),
      url("https://team-a.svc.example.com"),
      url("http://shop.team-a.svc.cluster.local"),
      url("http://shop.team-ab.svc"),
      ofProgram("team-b"),
    ])
      assert.equal((await warnings(args)).length, 1, JSON.stringify(args));
  });

  it("may be any Service there, and any Service for a Rule in the gateway's own namespace", async () => {
    for (const args of [
      { namespace: "team-a", upstream: { ...vmagent, namespace: "team-a" } },
      url("https://shop.team-a.svc:8443/app"),
      ofProgram("team-a"),
      { upstream: vmagent },
      { namespace: "portcullis", upstream: vmagent },
    ])
      assert.deepEqual(await warnings(args), [], JSON.stringify(args));
  });

  it("is checked for a gateway of the same program, but not for a reference without upstreams", async () => {
    const from = [ingressController] as const;
    const ofGateway = (namespace: string) => () => ({
      gateway: gateway({ route: { ...route, from } }),
      namespace,
      upstream: vmagent,
    });
    assert.equal((await warnings(ofGateway("team-a"))).length, 1);
    assert.deepEqual(await warnings(ofGateway("portcullis")), []);
    const plain = { ...ofOtherStack, route };
    assert.deepEqual(await warnings({ gateway: plain, namespace: "team-a", upstream: vmagent }), []);
  });
});
