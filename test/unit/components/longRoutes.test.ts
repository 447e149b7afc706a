import assert from "node:assert/strict";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";
import { run, type Recorded } from "../mocks";
import { gateway, ingressController, vmagent } from "./programs";

const route = {
  kind: "gatewayApi",
  from: [ingressController],
  parentRef: { namespace: "ingress", name: "traefik" },
} as const;

const made = async (services: Readonly<Record<string, Partial<ProtectedServiceArgs>>>): Promise<Recorded> =>
  (
    await run(() => {
      const behind = gateway({ route, tls: "external" });
      for (const [name, args] of Object.entries(services))
        new ProtectedService(name, { gateway: behind, upstream: vmagent, ...args });
    })
  ).made;

interface Spec {
  readonly hostnames: readonly string[];
  readonly rules: readonly { readonly matches: readonly { readonly path: { readonly value: string } }[] }[];
}

/** The HTTPRoutes of the services. */
const routesOf = (all: Recorded) =>
  all
    .ofType(":HTTPRoute")
    .filter(({ name }) => !name.startsWith("access-"))
    .map(({ name, options: { parent = "" }, inputs }) => ({
      name,
      parent: parent.split(":").at(-1),
      spec: inputs["spec"] as unknown as Spec,
    }));

const listed = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => write(index)) as [string, ...string[]];

describe("more than one object of the Gateway API may have", () => {
  const teams = (count: number) => listed(count, (index) => `team-${index}`);
  const grantsTo = async (namespaces: readonly string[]) => {
    const { made } = await run(() => gateway({ route: { ...route, namespaces }, tls: "external" }));
    const grants = made.inOrder.filter(({ type }) => type.endsWith(":ReferenceGrant"));
    return grants.map(({ name, formerTypes, inputs }) => {
      const { from, to } = inputs["spec"] as unknown as {
        readonly from: readonly { readonly kind: string; readonly namespace: string }[];
        readonly to: readonly object[];
      };
      return { name, formerTypes, from: from.map(({ kind, namespace }) => `${kind} ${namespace}`), to };
    });
  };

  it("is granted to the HTTPRoutes and GRPCRoutes of 8 namespaces by one grant, and of 9 by two", async () => {
    const routesIn = (count: number) =>
      ["HTTPRoute", "GRPCRoute"].flatMap((kind) => teams(count).map((team) => `${kind} ${team}`));
    const [one, ...none] = await grantsTo(teams(8));
    assert.deepEqual([one?.name, one?.from, none], ["access-routes", routesIn(8), []]);
    const [first, second, ...others] = await grantsTo(teams(9));
    assert.deepEqual(first, { ...one, from: routesIn(9).slice(0, 16) });
    assert.deepEqual(second, { ...one, name: "access-routes-2", from: routesIn(9).slice(16) });
    assert.deepEqual(others, []);
  });

  it("is one route up to 16 hosts, and with 17 a second one, apart from any other service's", async () => {
    const hosts = listed(17, (index) => `h${index}.apps.example.com`);
    const routes = routesOf(await made({ shop: { hosts }, "shop-2": { hosts: ["other.apps.example.com"] } }));
    assert.deepEqual(routes.map(({ name, parent, spec }) => [name, parent, spec.hostnames]).sort(), [
      ["shop", "ProtectedService shop", hosts.slice(0, 16)],
      ["shop-2", "HTTPRoute shop", hosts.slice(16)],
      ["shop-2", "ProtectedService shop-2", ["other.apps.example.com"]],
    ]);
    const [only, ...none] = routesOf(await made({ shop: { hosts: hosts.slice(0, 16) } }));
    assert.deepEqual([only?.spec.hostnames, none], [hosts.slice(0, 16), []]);
  });

  it("is one rule for every eight paths, and one route for every 128", async () => {
    const paths = listed(129, (index) => `/p${index}`);
    const rulesOf = async (count: number) =>
      routesOf(await made({ tools: { paths: paths.slice(0, count) as typeof paths } })).map(({ spec }) =>
        spec.rules.map(({ matches }) => matches.map(({ path }) => path.value)),
      );
    assert.deepEqual(await rulesOf(8), [[paths.slice(0, 8)]]);
    assert.deepEqual(await rulesOf(17), [[paths.slice(0, 8), paths.slice(8, 16), paths.slice(16, 17)]]);
    const [first = [], ...others] = await rulesOf(129);
    assert.deepEqual(
      first.map((rule) => rule.length),
      Array<number>(16).fill(8),
    );
    assert.deepEqual([first.flat(), others], [paths.slice(0, 128), [[["/p128"]]]]);
  });
});
