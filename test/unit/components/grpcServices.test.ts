import assert from "node:assert/strict";
import { notAwaited } from "../../../components/shared/awaiting";
import { readRef, type GatewayRef } from "../../../components/gatewayRef";
import type { ProtectedServiceArgs } from "../../../components/protectedService";
import { knownRef, serviceProblems } from "../../../components/protectedService/problems";
import type { RuleSpec } from "../../../documents/oathkeeper/ruleSpec";
import { run, type Fields, type Recorded } from "../mocks";
import { ingressController, ofOtherStack, service } from "./programs";

const upstream = {
  ...{ namespace: "team-a", name: "calls", port: 9090, targetPort: 9090, pods: { app: "calls" } },
  scheme: "grpc",
} as const;
const gatewayApi = {
  kind: "gatewayApi",
  from: [ingressController],
  parentRef: { namespace: "ingress", name: "traefik" },
} as const;

interface IngressSpec {
  readonly rules: readonly { readonly host: string; readonly http: { readonly paths: readonly Fields[] } }[];
}

const ruleOf = (made: Recorded) => made.one(":Rule", "vmagent").inputs["spec"] as unknown as RuleSpec;
const backendsOf = (made: Recorded) =>
  (made.one(":Ingress", "vmagent").inputs["spec"] as unknown as IngressSpec).rules.flatMap(({ http }) =>
    http.paths.map(({ backend }) => backend),
  );
const grpcBackend = { service: { name: "access-proxy-grpc", port: { number: 4455 } } };

describe("a gRPC ProtectedService", () => {
  it("has an Ingress to the proxy's Service for h2c, and other services one to its Service for HTTP", async () => {
    const { made } = await run(() => service({ upstream }));
    assert.deepEqual(backendsOf(made), [grpcBackend]);
    const { metadata, spec } = made.one(":Service", "access-proxy-grpc").inputs as Record<string, Fields>;
    assert.deepEqual(spec?.["ports"], [
      { name: "grpc", port: 4455, targetPort: "proxy", appProtocol: "kubernetes.io/h2c" },
    ]);
    const annotations = metadata?.["annotations"] as Fields;
    assert.equal(annotations["traefik.ingress.kubernetes.io/service.serversscheme"], "h2c");
    const { made: plain } = await run(() => service());
    assert.deepEqual(backendsOf(plain), [{ service: { name: "access-proxy", port: { number: 4455 } } }]);
  });

  it("has a Rule with an http URL and the protocol in a mutator, and is on no start page", async () => {
    const { made } = await run(() => service({ upstream: { ...upstream, scheme: "grpcs" } }));
    const { authorizer, mutators, upstream: to } = ruleOf(made);
    assert.equal(to.url, "https://calls.team-a.svc:9090");
    assert.deepEqual(mutators.at(-1), { handler: "noop", config: { protocol: "grpc" } });
    assert.match(JSON.stringify(authorizer), /portal=hidden/);
    const url = { url: "grpc://192.0.2.7:9090" };
    const { made: ofUrl } = await run(() => service({ upstream: url, isolation: "none" }, { egress: "off" }));
    assert.equal(ruleOf(ofUrl).upstream.url, "http://192.0.2.7:9090");
  });

  it("has its own route even beside a wildcard, which leads to the proxy by HTTP/1.1", async () => {
    const route = { kind: "ingress" as const, from: [ingressController] as const, wildcard: true };
    const { made } = await run(() => service({ upstream }, { route }));
    assert.deepEqual(backendsOf(made), [grpcBackend]);
    const patched = await run(() => service({ upstream, annotations: { a: "b" } }, { route }));
    const { annotations } = patched.made.one(":Ingress", "vmagent").inputs["metadata"] as Fields;
    assert.deepEqual(annotations, { ...notAwaited, a: "b" });
  });

  it("has its HTTPRoute in the team's namespace, where the gateway grants that", async () => {
    const route = { ...gatewayApi, namespaces: ["team-a"], wildcard: true };
    const { made } = await run(() => service({ upstream, namespace: "team-a" }, { route, tls: "external" }));
    const { rules } = made.one(":HTTPRoute", "vmagent").inputs["spec"] as Fields;
    assert.deepEqual(rules, [
      { backendRefs: [{ name: "access-proxy-grpc", namespace: "portcullis", port: 4455 }] },
    ]);
    const { to } = made.one(":ReferenceGrant", "access-routes").inputs["spec"] as { to: Fields[] };
    assert.deepEqual(
      to.map(({ name }) => name),
      ["access-proxy", "access-proxy-grpc"],
    );
  });

  it("is refused with all options that only HTTP has, at once", () => {
    const args = { upstream: { ...upstream, buffering: true }, paths: ["/a"], stripPath: true } as const;
    assert.deepEqual(pathsOf({ ...args, methods: ["GET"] }), ["upstream.buffering", "stripPath", "methods"]);
  });

  it("is refused where it can have no route of its own, beside a wildcard in another namespace", () => {
    const wildcard = { ...ofOtherStack, ...newer, route: { wildcard: true } };
    const [problem, ...others] = problemsOf({ upstream, namespace: "team-a" }, wildcard);
    assert.deepEqual([problem?.path, others], ["namespace", []]);
    assert.match(problem?.fix ?? "", /^Leave namespace out/);
    assert.deepEqual(problemsOf({ upstream, namespace: "team-a", route: "none" }, wildcard), []);
  });

  it("is refused by a gateway of an earlier release", () => {
    assert.deepEqual(pathsOf({ upstream }, ofOtherStack), ["upstream"]);
    assert.deepEqual(pathsOf({ upstream: { ...upstream, scheme: "http" } }, ofOtherStack), []);
    assert.deepEqual(pathsOf({ upstream }, { ...ofOtherStack, ...newer }), []);
    const { problems } = readRef({ ...ofOtherStack, proxy: { ...ofOtherStack.proxy, grpcService: 1 } });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["proxy.grpcService"],
    );
  });
});

const newer = { proxy: { ...ofOtherStack.proxy, grpcService: "access-proxy-grpc" } };

function problemsOf(args: Omit<ProtectedServiceArgs, "gateway">, gateway: GatewayRef) {
  return serviceProblems((property) => property, "calls", args as never, knownRef(gateway));
}

function pathsOf(
  args: Omit<ProtectedServiceArgs, "gateway">,
  gateway: GatewayRef = { ...ofOtherStack, ...newer },
) {
  return problemsOf(args, gateway).map(({ path }) => path);
}
