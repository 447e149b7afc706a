import assert from "node:assert/strict";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { output, type Input, type Output } from "@pulumi/pulumi";
import { ProtectedService } from "../../../components/protectedService";
import { InputProblem } from "../../../components/shared/errors";
import type { RuleSpec } from "../../../documents/oathkeeper/ruleSpec";
import { lateErrors, run, type Fields, type Recorded } from "../mocks";
import { gateway, ingressController, ofOtherStack, service, vmagent } from "./programs";

/** Text from another resource of the program. */
const made = (text: string): Output<string> =>
  new ConfigMap("of-the-program", { metadata: { name: text } }).metadata.name;

const annotationsOf = (all: Recorded, kind: string, name: string) =>
  (all.one(kind, name).inputs["metadata"] as { annotations: Fields }).annotations;

describe("outputs of other resources", () => {
  it("may be annotations of routes and of their Services", async () => {
    const arn = "alb.ingress.kubernetes.io/certificate-arn";
    const { made: all } = await run(() => {
      const certificate = made("arn:aws:acm:eu-central-1:1:certificate/1");
      const annotations = { [arn]: certificate };
      const route = {
        kind: "ingress",
        from: [ingressController],
        annotations,
        serviceAnnotations: annotations,
      } as const;
      service({ annotations: { "example.com/pool": certificate } }, { route, tls: "external" });
    });
    const text = "arn:aws:acm:eu-central-1:1:certificate/1";
    const { [arn]: ofGateway, "example.com/pool": own } = annotationsOf(all, ":Ingress", "vmagent");
    assert.deepEqual([ofGateway, own], [text, text]);
    assert.equal(annotationsOf(all, ":Service", "access-proxy")[arn], text);
  });

  it("may name a certificate's Secret or issuer, and a Gateway", async () => {
    const secretName = await run(() => gateway({ tls: { secretName: made("apps-tls") } }));
    const { tls } = secretName.made.one(":Ingress", "access-login-ui").inputs["spec"] as { tls: Fields[] };
    assert.equal(tls[0]?.["secretName"], "apps-tls");
    const issuer = await run(() => gateway({ tls: { issuer: { kind: "Issuer", name: made("ca") } } }));
    assert.equal(annotationsOf(issuer.made, ":Ingress", "access-login-ui")["cert-manager.io/issuer"], "ca");
    const parent = await run(() => {
      const parentRef = { namespace: made("gateways"), name: "public" };
      return gateway({
        route: { kind: "gatewayApi", from: [ingressController], parentRef },
        tls: "external",
      });
    });
    const { parentRefs } = parent.made.one(":HTTPRoute", "access-login-ui").inputs["spec"] as {
      parentRefs: Fields[];
    };
    assert.deepEqual(parentRefs, [{ namespace: "gateways", name: "public" }]);
  });

  it("may give the address of an upstream and the pods behind it", async () => {
    const { made: all } = await run(() => {
      const namespace = made("monitoring-1a2b3c4");
      const upstream = {
        namespace,
        name: made("metrics"),
        port: output(80),
        pods: { app: "metrics" },
        targetPort: output(8080),
      };
      service({ upstream });
    });
    const { upstream } = all.one(":Rule", "vmagent").inputs["spec"] as unknown as RuleSpec;
    assert.equal(upstream.url, "http://metrics.monitoring-1a2b3c4.svc:80");
    const { metadata, spec } = all.one(":NetworkPolicy", "vmagent").inputs as Record<string, Fields>;
    assert.equal(metadata?.["namespace"], "monitoring-1a2b3c4");
    assert.match(JSON.stringify(spec), /"port":8080.*"matchLabels":\{"app":"metrics"\}/);
  });

  it("are checked like text once they are known", async () => {
    const [problem] = await lateErrors(() => {
      service({ upstream: { ...vmagent, namespace: made("Not A Namespace") } });
    });
    assert.match(String(problem), /args\.upstream\.namespace: is not the name of a namespace/);
  });

  it("are checked together too, and no mistake is told twice", async () => {
    const app = made("traefik");
    const anyNamespace = {
      namespaceSelector: {},
      podSelector: { matchLabels: { app, tier: made("front") } },
    };
    const [everywhere, ...others] = await lateErrors(() => {
      service({}, { route: { kind: "ingress", from: [anyNamespace] } });
    });
    assert.match(String(everywhere), /args\.route\.from\[0\]: names pods of every namespace/);
    assert.deepEqual(others, []);
    const told = await lateErrors(() => {
      const ipBlock = { cidr: output("10.0.0.0/8"), except: [output("192.168.0.0/16"), output("banana")] };
      service({ isolation: { alsoAllow: [{ ipBlock }] }, upstream: { ...vmagent, port: output(0) } });
    });
    const text = told.map(String).join("\n");
    for (const value of ['"banana"', "found 0"]) assert.equal(text.split(value).length, 2, text);
  });

  it("are refused as a gateway in a program without types", async () => {
    for (const wrong of [output(ofOtherStack), Promise.resolve(ofOtherStack), undefined, {}, "platform"])
      await assert.rejects(
        run(() => new ProtectedService("vmagent", { gateway: wrong as never, upstream: vmagent })),
        (error) =>
          error instanceof InputProblem &&
          error.message.includes("args.gateway: is not a gateway") &&
          error.message.includes("await GatewayRef.fromStack"),
      );
  });
});

describe("lists that a program computes", () => {
  it("may be hosts and peers", async () => {
    const hosts = ["a", "b"].map((label) => `${label}.apps.example.com`);
    const from = ["10.0.1.0/24", "10.0.2.0/24"].map((cidr) => ({ ipBlock: { cidr } }));
    const { made: all } = await run(() => service({ hosts }, { route: { kind: "ingress", from } }));
    assert.match(
      JSON.stringify(all.one(":NetworkPolicy", "access-proxy").inputs),
      /10\.0\.1\.0.*10\.0\.2\.0/,
    );
    assert.equal((all.one(":Ingress", "vmagent").inputs["spec"] as { rules: object[] }).rules.length, 2);
  });

  const traefik = (names: Input<string>[]) => ({
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: names }],
    },
    podSelector: { matchLabels: { app: "traefik" } },
  });
  const anywhere = (except: Input<string>[]) => ({ ipBlock: { cidr: "0.0.0.0/0", except } });

  it("may have single entries that other resources make", async () => {
    const program = () =>
      service(
        {},
        {
          route: { kind: "ingress", from: [traefik([made("traefik")])] },
          egress: { alsoTo: { proxy: [{ to: [anywhere(["169.254.0.0/16", output("10.0.0.0/8")])] }] } },
        },
      );
    assert.deepEqual(await lateErrors(program), []);
    const { inputs } = (await run(program)).made.one(":NetworkPolicy", "access-proxy");
    assert.match(JSON.stringify(inputs), /"values":\["traefik"\]/);
    assert.match(JSON.stringify(inputs), /"except":\["169.254.0.0\/16","10.0.0.0\/8"\]/);
  });

  it("are checked with such an entry once it is known", async () => {
    const [problem] = await lateErrors(() =>
      service(
        {},
        { egress: { alsoTo: { proxy: [{ to: [anywhere(["169.254.0.0/16", output("banana")])] }] } } },
      ),
    );
    assert.match(String(problem), /ipBlock: is not a block of addresses \(found "banana"\)/);
  });
});
