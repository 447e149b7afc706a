import assert from "node:assert/strict";
import { output, secret } from "@pulumi/pulumi";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import type { GatewayRef } from "../../../components/gatewayRef";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";
import { ComponentProblem } from "../../../components/shared/errors";
import { describeProblem } from "../../../documents/shared/problem";
import { gateway, staff, vmagent } from "../components/programs";
import { lateErrors, refusedBy, run } from "../mocks";
import { asEngine, devConfig, refusal } from "./configuration";
import { external, ofGateway, ofService } from "./mistakes";

/** An existing gateway: making one for every mistake would take minutes. */
const ref: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "proxy", port: 4455, pods: { app: "proxy" } },
  route: {},
  tls: "off",
  groups: [],
};

describe("one set of checks", () => {
  for (const [change, property, words] of ofGateway)
    it(`reports a gateway's ${property} alike in a stack's file and in a program: ${JSON.stringify(change)}`, async () => {
      const inFile = fileLines({ domain: "apps.example.com", ...change });
      const inProgram = await programLines(() => gateway(change));
      assert.deepEqual(inFile, inProgram.map(asSetting(property)));
      assert.match(inFile[0] ?? "", words);
      assert.ok(
        inFile.every((line) => line.startsWith(`portcullis:${property}: `)),
        inFile.join("\n"),
      );
    });

  for (const [change, property, words] of ofService)
    it(`reports a service's ${property} alike in a stack's file and in a program: ${JSON.stringify(change)}`, async () => {
      const services = { vmagent: { upstream: vmagent, ...change } };
      const inFile = fileLines({
        domain: "apps.example.com",
        services,
        egress: { alsoTo: { proxy: ["internet"] } },
      });
      const args = { gateway: ref, upstream: vmagent, ...change } as ProtectedServiceArgs;
      const inProgram = await programLines(() => new ProtectedService("vmagent", args));
      assert.deepEqual(
        inFile,
        inProgram.map((line) => line.replace(/^args\./, "portcullis:services.vmagent.")),
      );
      assert.match(inFile[0] ?? "", words);
    });

  for (const name of ["Grafana", "my_service", "a".repeat(53), "-a", "a b", "a..b", "a.-b"])
    it(`refuses the service's name ${name}`, () => {
      const services = { [name]: { upstream: vmagent } };
      const [line = "", ...others] = fileLines({ domain: "apps.example.com", services });
      assert.match(line, /is not the name of a service/);
      assert.deepEqual(others, []);
    });

  it("refuses a service with the name of another one's second Rule, and requests that two services take", () => {
    const publicPaths = [{ path: "/healthz", match: "exact", methods: ["POST"] }];
    const services = {
      x: { upstream: vmagent, methods: ["GET", "POST"], publicPaths },
      "x-post": { upstream: vmagent },
      y: { upstream: vmagent, hosts: ["x.apps.example.com"] },
    };
    const lines = fileLines({ domain: "apps.example.com", services });
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(
      lines[0] ?? "",
      /^portcullis:services\.x-post\..*a Rule with a name that a Rule of the service "x" has/,
    );
    assert.match(lines[1] ?? "", /^portcullis:services\.y\.hosts: match requests that the service "x" takes/);
  });

  it("checks a value that is known later once it is known, and shows no secret", async () => {
    const later: Readonly<Record<string, () => unknown>> = {
      "args.database.host": () =>
        gateway({ database: { ...given(external({})), host: output("db.example.com:5432") } }),
      "args.database.password": () =>
        gateway({ database: { ...given(external({})), password: secret(" hunter2") } }),
      "args.smtp.uri": () =>
        gateway({ smtp: { from: "a@example.com", uri: secret("smtp://u:hunter2@mail.example.com") } }),
      "args.namespace.name": () => gateway({ namespace: { name: output("My Namespace"), create: true } }),
      "args.route.from[0].podSelector.matchLabels": () =>
        gateway({
          route: { kind: "ingress", from: [{ podSelector: { matchLabels: output({ "a b": "c" }) } }] },
        }),
      "args.clientSecret": () => staff({ clientSecret: secret("hunter2 ") }),
    };
    for (const [path, program] of Object.entries(later)) {
      const errors = await lateErrors(program);
      const lines = new Set(
        errors
          .flatMap((error) => (error instanceof ComponentProblem ? error.problems : []))
          .map(describeProblem),
      );
      assert.equal(lines.size, 1, `${path}: ${errors.map(String).join("\n")}`);
      for (const line of lines) assert.ok(line.startsWith(`${path}: `) && !line.includes("hunter2"), line);
    }
  });

  it("reports nothing for correct values, known at once or later", async () => {
    const labels = output({ app: "traefik" });
    await run(() => {
      gateway({
        database: {
          ...given(external({})),
          host: output("db.example.com"),
          password: secret("correct horse"),
        },
        smtp: { from: "login@example.com", uri: secret("smtps://u:p@mail.example.com:465/") },
        route: { kind: "ingress", from: [{ podSelector: { matchLabels: labels } }] },
      });
    });
  });

  for (const [uri, reason] of [
    ["smtps://u:hunter2@mail.example.com", "has no port, and mail would never be delivered"],
    ["mail.example.com:465", "is not the URI of a mail server"],
    ["smtps://u:hunter2@mail.example.com:465 ", "begins or ends with white space"],
  ] as const)
    it(`refuses a mail server that ${reason}, in both`, async () => {
      const [inFile = ""] = fileLines({ smtp: { from: "a@example.com" }, smtpUri: uri });
      const [inProgram = ""] = await programLines(() => gateway({ smtp: { from: "a@example.com", uri } }));
      assert.ok(inFile.startsWith(`portcullis:smtpUri: ${reason} `), inFile);
      assert.equal(inFile.replace("portcullis:smtpUri", ""), inProgram.replace("args.smtp.uri", ""));
      assert.doesNotMatch(inFile, /hunter2/);
    });

  it("refuses a sender with a name, and says what to write", () => {
    const [line = ""] = fileLines({
      smtp: { from: "Login <a@b.example>" },
      smtpUri: "smtps://a:b@c.example:465",
    });
    assert.match(line, /^portcullis:smtp\.from: has a name beside the address .*: "a@b\.example"\.$/);
  });
});

function given(change: { readonly database: object }) {
  return change.database as Extract<AccessGatewayArgs["database"], { readonly kind: "external" }>;
}

function asSetting(property: string) {
  return (line: string) =>
    line.replace(/^args\./, property === "" ? "" : "portcullis:").replace("set args.", "set portcullis:");
}

function fileLines(change: Readonly<Record<string, unknown>>): string[] {
  const base = { ...devConfig(), demoUpstream: "false", services: "{}" };
  return refusal({ ...base, ...asEngine(change) }).problems.map(describeProblem);
}

async function programLines(program: () => unknown): Promise<string[]> {
  return (await refusedBy(program)).problems.map(describeProblem);
}
