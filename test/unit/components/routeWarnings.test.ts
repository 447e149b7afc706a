import assert from "node:assert/strict";
import { mock } from "node:test";
import type { ProtectedServiceArgs } from "../../../components/protectedService";
import type { RouteRef } from "../../../components/shared/route";
import { preview } from "../mocks";
import { ofOtherStack, service } from "./programs";

const ingress = { kind: "ingress", wildcard: true } as const;
const parentRef = { namespace: "ingress", name: "traefik" };
const gatewayApi = { kind: "gatewayApi", parentRef, wildcard: true } as const;

/** The warnings of a program whose service has these hosts, in preview. */
async function warnings(
  route: RouteRef,
  hosts: NonNullable<ProtectedServiceArgs["hosts"]>,
  args: Partial<ProtectedServiceArgs> = { namespace: "team-a" },
): Promise<string[]> {
  const printed = mock.method(console, "warn", () => undefined);
  try {
    const gateway = { ...ofOtherStack, route };
    await preview(() => service({ gateway, hosts, ...args }));
    return printed.mock.calls.map(({ arguments: [line] }) => String(line));
  } finally {
    printed.mock.restore();
  }
}

describe("a service without its own route beside the gateway's wildcard", () => {
  it("causes a warning for a host with more labels than an Ingress's wildcard, with a shorter host", async () => {
    const [line = "", ...others] = await warnings(ingress, [
      "a.apps.example.com",
      "grafana.team-a.apps.example.com",
    ]);
    assert.deepEqual(others, []);
    assert.match(line, /args\.hosts: has more labels than \*\.apps\.example\.com/);
    assert.match(line, /answer 404 \(found "grafana\.team-a\.apps\.example\.com"\)/);
    assert.match(line, /Write "grafana-team-a\.apps\.example\.com"/);
  });

  it("causes a warning for its own wildcard and for the domain, which have no alternative", async () => {
    const lines = await warnings(ingress, ["*.previews.apps.example.com", "apps.example.com"]);
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /\. Leave namespace out, so that/);
    assert.match(lines[1] ?? "", /is not below \*\.apps\.example\.com/);
  });

  it("causes a warning only for the domain beside an HTTPRoute's wildcard, which covers several labels", async () => {
    const lines = await warnings(gatewayApi, ["grafana.team-a.apps.example.com", "apps.example.com"]);
    assert.deepEqual(
      lines.map((line) => /\(found (.*?)\)/.exec(line)?.[1]),
      ['"apps.example.com"'],
    );
  });

  it("causes no warning when it has its own route or another route leads to the proxy", async () => {
    const hosts = ["grafana.team-a.apps.example.com"] as const;
    assert.deepEqual(await warnings(ingress, hosts, {}), []);
    assert.deepEqual(await warnings(ingress, hosts, { namespace: "team-a", route: "none" }), []);
  });
});
