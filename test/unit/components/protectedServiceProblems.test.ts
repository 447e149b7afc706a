import assert from "node:assert/strict";
import { Service } from "@pulumi/kubernetes/core/v1";
import { output } from "@pulumi/pulumi";
import type { AccessGateway } from "../../../components/accessGateway";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";
import { ComponentProblem } from "../../../components/shared/errors";
import { lateErrors, refusedBy, run, type Fields } from "../mocks";
import { gateway, ofOtherStack, service, vmagent } from "./programs";

describe("the check of a ProtectedService", () => {
  it("reports every mistake at once, without a stack trace", async () => {
    const problems = await problemsOf({
      hosts: [
        "auth.apps.example.com",
        "vmagent.example.org",
        "taken.apps.example.com",
        "https://vmagent.apps.example.com",
      ],
      upstream: { url: "legacy.example.net" },
    });
    assert.deepEqual(problems, [
      ["args.hosts[0]", '"auth.apps.example.com"', "is a host of the gateway itself"],
      [
        "args.hosts[1]",
        '"vmagent.example.org"',
        "is outside the domain apps.example.com, where the session cookie is not sent",
      ],
      ["args.hosts[3]", '"https://vmagent.apps.example.com"', "has a scheme"],
      ["args.upstream.url", '"legacy.example.net"', "has no scheme"],
      [
        "args.isolation",
        "nothing",
        'is not "none", but no NetworkPolicy can isolate a URL: anyone who reaches it bypasses the login',
      ],
      ["args.hosts", '["taken.apps.example.com"]', 'match requests that the service "first" takes too'],
    ]);
  });

  it("refuses a misspelt argument of an untyped program, without which the service would be open to everybody", async () => {
    const args = { upstream: vmagent, acess: { emails: ["alice@example.com"] }, ofItsOwn: "a" };
    assert.deepEqual(await problemsOf(args), [["args.acess", '"acess"', "is not the name of an argument"]]);
  });

  it("refuses a second service for the same requests, of a gateway or a reference, and names the first", async () => {
    const gatewayOf = (make: () => Pick<ProtectedServiceArgs, "gateway">) =>
      overlaps(
        make,
        { hosts: ["shop.apps.example.com"] },
        { hosts: ["a.apps.example.com", "shop.apps.example.com"] },
      );
    const refused = [
      [
        "args.hosts",
        '["a.apps.example.com","shop.apps.example.com"]',
        'match requests that the service "one" takes too',
      ],
    ];
    assert.deepEqual(await gatewayOf(() => ({ gateway: gateway() })), refused);
    assert.deepEqual(await gatewayOf(() => ({ gateway: { ...ofOtherStack } })), refused);
  });

  it("takes the gateway's own namespace as the default that it is", async () => {
    const credentials = { key: { header: "X-Api-Key", namespaces: [] } };
    const ofGateway = {
      ...ofOtherStack,
      upstreams: { authorities: [], clientCertificates: {}, credentials },
    };
    const { made } = await run(
      () =>
        new ProtectedService("vmagent", {
          gateway: ofGateway,
          namespace: "portcullis",
          upstream: { ...vmagent, credentials: "key" },
        }),
    );
    assert.ok(made.has(":Ingress", "vmagent"));
  });

  it("takes it too from a gateway of the same program, as text or as its output", async () => {
    const args = {
      upstreams: {
        credentials: { key: { kind: "header", header: "X-Api-Key", secretName: "key", key: "key" } as const },
      },
    };
    const upstream = { ...vmagent, credentials: "key" };
    for (const namespaceOf of [() => "portcullis", ({ namespace }: AccessGateway) => namespace]) {
      const program = () => {
        const own = gateway(args);
        return new ProtectedService("vmagent", { gateway: own, namespace: namespaceOf(own), upstream });
      };
      assert.deepEqual(await lateErrors(program), []);
      const { inputs } = (await run(program)).made.one(":Ingress", "vmagent");
      assert.equal((inputs["metadata"] as Fields)["namespace"], "portcullis");
    }
  });

  it("refuses another namespace once the gateway's is known, where only an output tells it", async () => {
    const [problem] = await lateErrors(() => {
      service({ namespace: "team-a" }, { namespace: { name: output("login") } });
    });
    assert.match(String(problem), /args\.namespace: cannot contain the route/);
  });

  it("refuses a wildcard over the host of another service, and a host below one", async () => {
    const [wildcard, named] = [
      { hosts: ["*.previews.apps.example.com"] },
      { hosts: ["one.previews.apps.example.com"] },
    ] as const;
    for (const [one, other] of [
      [wildcard, named],
      [named, wildcard],
    ] as const) {
      const refused = await overlaps(() => ({ gateway: gateway() }), one, other);
      assert.deepEqual(
        refused.map(([path]) => path),
        ["args.hosts"],
      );
    }
  });

  it("treats equal references as one gateway, and forgets a refused service", async () => {
    const copy = () => ({ gateway: structuredClone(ofOtherStack), upstream: vmagent });
    const at = (host: string) => ({ hosts: [`${host}.apps.example.com`] }) as const;
    const twice = run(() => {
      new ProtectedService("one", { ...copy(), ...at("shop") });
      new ProtectedService("other", { ...copy(), ...at("shop") });
    });
    await assert.rejects(twice, /match requests that the service "one" takes too/);
    await run(() => {
      assert.throws(() => new ProtectedService("one", { ...copy(), ...at("shop"), methods: [] as never }));
      new ProtectedService("other", { ...copy(), ...at("shop") });
    });
  });

  it("refuses a patch with a handler that the proxy does not know", async () => {
    const spec = {
      authenticators: [{ handler: "cookie_session" }, { handler: "noop" }],
      authorizer: { handler: "none" },
      mutators: [{}],
    };
    assert.deepEqual(await problemsOf({ upstream: vmagent, patches: { rule: { spec } } }), [
      ["args.patches.rule.spec.authenticators[1].handler", '"noop"', "is not known to the proxy"],
      ["args.patches.rule.spec.authorizer.handler", '"none"', "is not known to the proxy"],
      ["args.patches.rule.spec.mutators[0].handler", "nothing", "is not known to the proxy"],
    ]);
  });

  it("refuses a patch that would change the kind, name or namespace of an object", async () => {
    const patches = {
      route: { kind: "Gateway", metadata: { name: "other" } },
      rule: { apiVersion: "v1", metadata: { namespace: null, labels: { team: "a" } } },
      networkPolicy: { metadata: null },
    };
    const reason = "would make another object: a patch cannot change kind, name or namespace";
    assert.deepEqual(await problemsOf({ upstream: vmagent, patches }), [
      ["args.patches.route.kind", '"Gateway"', reason],
      ["args.patches.route.metadata.name", '"other"', reason],
      ["args.patches.rule.apiVersion", '"v1"', reason],
      ["args.patches.rule.metadata.namespace", "null", reason],
      ["args.patches.networkPolicy.metadata", "null", reason],
    ]);
  });

  it("lets services share a host when their methods or paths, after patches, do not overlap", async () => {
    const shared = { hosts: ["shop.apps.example.com"] } as const;
    const at = (path: string) => ({
      ...shared,
      patches: { rule: { spec: { match: { url: `http://shop.apps.example.com/${path}/<**>` } } } },
    });
    const other = () => ({ gateway: { ...ofOtherStack } });
    const reads = { ...shared, methods: ["GET"] } as const;
    assert.deepEqual(await overlaps(other, reads, { ...shared, methods: ["POST"] }), []);
    assert.deepEqual(await overlaps(other, at("api"), at("page")), []);
    assert.equal((await overlaps(other, at("api"), at("api/v2"))).length, 1);
    assert.equal((await overlaps(other, shared, at("api"))).length, 1);
  });

  for (const [url, value] of [
    ["http://a'b.example.net", `"http://a'b.example.net"`],
    ['http://example.net/"', '"http://example.net/\\""'],
    ["http://example.net\n", '"http://example.net\\n"'],
  ] as const)
    it(`refuses the upstream ${JSON.stringify(url)}`, async () => {
      assert.deepEqual(await problemsOf({ upstream: { url }, isolation: "none" }), [
        ["args.upstream.url", value, "has quotes, spaces, newlines or other characters that no URL has"],
      ]);
    });

  it("never shows the credentials of an upstream's URL", async () => {
    const problems = await problemsOf({ upstream: { url: "http://user:hunter2@example.net" } });
    assert.deepEqual(
      problems.map(([path]) => path),
      ["args.upstream.url", "args.isolation"],
    );
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });

  it("refuses a Service name that gives no URL, and labels that select every pod", async () => {
    const problems = await problemsOf({ upstream: { ...vmagent, name: "vm agent", pods: {} } });
    assert.deepEqual(
      problems.map(([path, value]) => [path, value]),
      [
        ["args.upstream.name", '"vm agent"'],
        ["args.upstream.pods", "{}"],
      ],
    );
  });

  it("refuses a port that the program's Service does not have, without a stack trace", async () => {
    const errors = await lateErrors(() => {
      const spec = { selector: { app: "grafana" }, ports: [{ port: 80 }, { port: 443 }] };
      const own = new Service("grafana", { metadata: { namespace: "dashboards" }, spec });
      service({ upstream: { service: own, port: 8080 } });
    });
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.ok(error instanceof ComponentProblem && error.hideStack);
    assert.deepEqual(error.problems, [
      {
        path: "args.upstream.port",
        value: "8080",
        reason: "is not a port of the upstream's Service",
        fix: "Write one that it has: 80, 443.",
      },
    ]);
  });

  it("refuses a program's Service without a selector, like an ExternalName one, unless isolation is none", async () => {
    const late = async (spec: object, isolation?: "none") => {
      const errors = await lateErrors(() => {
        const own = new Service("legacy", { metadata: { namespace: "legacy" }, spec });
        service({ upstream: { service: own, port: 80 }, ...(isolation && { isolation }) });
      });
      return errors.flatMap((error) =>
        error instanceof ComponentProblem
          ? error.problems.map(({ path, reason }) => `${path} ${reason}`)
          : [error],
      );
    };
    const noPods =
      "args.upstream.service names no pods, so a NetworkPolicy would cut off every pod of its namespace";
    const noPort = "args.upstream.port is not a port of the upstream's Service";
    assert.deepEqual(await late({ ports: [{ port: 80 }] }), [noPods]);
    assert.deepEqual(await late({ ports: [{ port: 80 }] }, "none"), []);
    assert.deepEqual(await late({ type: "ExternalName", externalName: "a.example.com" }), [noPort, noPods]);
  });

  it("refuses a gateway reference whose domain has a scheme", async () => {
    const problems = await problemsOf({ gateway: { ...ofOtherStack, domain: "https://apps.example.com" } });
    assert.deepEqual(problems, [["args.gateway.domain", '"https://apps.example.com"', "has a scheme"]]);
  });
});

/** The problems of the second of two services behind one gateway. */
async function overlaps(
  make: () => Pick<ProtectedServiceArgs, "gateway">,
  one: Partial<ProtectedServiceArgs>,
  other: Partial<ProtectedServiceArgs>,
): Promise<[string, string, string][]> {
  const program = run(() => {
    const behind = { upstream: vmagent, ...make() };
    new ProtectedService("one", { ...behind, ...one });
    new ProtectedService("other", { ...behind, ...other });
  });
  return program.then(
    () => [],
    (error: unknown) => {
      assert.ok(
        error instanceof ComponentProblem && error.message.includes('ProtectedService "other"'),
        String(error),
      );
      return error.problems.map(({ path, value, reason }) => [path, value, reason]);
    },
  );
}

async function problemsOf(args: Partial<ProtectedServiceArgs>): Promise<[string, string, string][]> {
  const { problems, resource, message } = await refusedBy(() => {
    const access = gateway();
    const first = { gateway: access, upstream: vmagent, hosts: ["taken.apps.example.com"] } as const;
    new ProtectedService("first", first);
    service({ gateway: access, ...args });
  });
  assert.ok(resource instanceof ProtectedService);
  for (const { fix, path } of problems) assert.match(fix, /\.$/, path);
  for (const { path, value } of problems) assert.ok(message.includes(value), path);
  return problems.map(({ path, value, reason }) => [path, value, reason]);
}
