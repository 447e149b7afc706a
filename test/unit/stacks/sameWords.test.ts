import assert from "node:assert/strict";
import { output, secret } from "@pulumi/pulumi";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import type { GatewayRef } from "../../../components/gatewayRef";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";
import { ComponentProblem } from "../../../components/shared/errors";
import { describeProblem } from "../../../documents/shared/problem";
import { gateway, staff, vmagent } from "../components/programs";
import { lateErrors, run } from "../mocks";
import { asEngine, devConfig, refusal } from "./configuration";

const database = { kind: "external", host: "db.example.com", port: 5432, database: "kratos", user: "kratos" };
const password = { secretName: "database", key: "password" };
const external = (change: object) => ({ database: { ...database, password, sslMode: "require", ...change } });
const peer = { namespaceSelector: { matchLabels: { team: "a" } } };
const route = (from: unknown) => ({ route: { kind: "ingress", from } });

/** A gateway that is there already: making one for every mistake would take minutes. */
const ref: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "proxy", port: 4455, pods: { app: "proxy" } },
  route: {},
  tls: "off",
};

/** Mistakes in a gateway, each with the one line that tells it behind its path. */
const ofGateway: readonly (readonly [object, string, RegExp])[] = [
  [external({ host: "postgres.example.com:5432" }), "database.host", /has a port .*and the port as port/],
  [external({ host: "postgres://db.example.com" }), "database.host", /is more than a host/],
  [external({ host: "[fd00::1]" }), "database.host", /has brackets/],
  [external({ host: "" }), "database.host", /is neither a name nor an address/],
  [external({ host: "db example" }), "database.host", /is neither a name nor an address/],
  [external({ database: "db?sslmode=disable&x=" }), "database.database", /is not the name of a database/],
  [external({ database: "" }), "database.database", /is not the name of a database/],
  [external({ user: "a:b" }), "database.user", /is not the name of a user/],
  [external({ port: 0 }), "database.port", /is not a port/],
  [external({ port: 70000 }), "database.port", /is not a port/],
  [external({ caCertificate: "-----BEGIN PRIVATE KEY-----" }), "database.caCertificate", /has a private key/],
  [external({ caCertificate: "the authority" }), "database.caCertificate", /is no certificate/],
  [external({ peers: [{}] }), "database.peers[0]", /names nobody/],
  [external({ peers: [] }), "database.peers", /names nobody/],
  [{ database: { kind: "inCluster", backup: { keep: 0 } } }, "database.backup.keep", /whole number above 0/],
  [
    { database: { kind: "inCluster", storageClass: "Fast" } },
    "database.storageClass",
    /name of a StorageClass/,
  ],
  [{ replicas: 0 }, "replicas", /is not a whole number above 0/],
  [{ replicas: 1.5 }, "replicas", /is not a whole number above 0/],
  [{ replicas: 1000 }, "replicas", /of the database's 100 connections/],
  [{ secretsVersion: 0 }, "secretsVersion", /is not a whole number above 0/],
  [{ domain: "apps.example.com:443", tls: { secretName: "t" } }, "domain", /Write "apps\.example\.com"/],
  [{ domain: "apps.example.com:80", tls: "off" }, "domain", /which browsers leave out/],
  [{ tls: { secretName: "Apps TLS" } }, "tls.secretName", /is not the name of a Secret/],
  [{ insecureDevMode: true, tls: { secretName: "t" } }, "insecureDevMode", /but tls is on/],
  [{ session: { lifespan: "1.5h" } }, "session.lifespan", /whole number of seconds, minutes or hours/],
  [{ session: { checkCache: "2h" } }, "session.checkCache", /for longer than a minute/],
  [{ session: { sameSite: "Strict" } }, "session.sameSite", /ends every sign-in/],
  [{ session: { sameSite: "None" } }, "session.sameSite", /is refused by browsers over plain http/],
  [{ metricsFrom: [{}] }, "metricsFrom[0]", /names nobody/],
  [
    { metricsFrom: [{ namespaceSelector: { matchLabels: {} } }] },
    "metricsFrom[0]",
    /every pod of the cluster/,
  ],
  [{ monitoring: { serviceMonitors: true, alerts: false } }, "metricsFrom", /would find closed ports/],
  [
    { metricsFrom: [{ podSelector: { matchLabels: { "a b": "c" } } }] },
    "metricsFrom[0].podSelector.matchLabels",
    /is not the name of a label/,
  ],
  [
    { metricsFrom: [{ podSelector: { matchLabels: { app: "a b" } } }] },
    'metricsFrom[0].podSelector.matchLabels["app"]',
    /is not the value of a label/,
  ],
  [route([]), "route.from", /names nobody/],
  [route([{ podSelector: { matchLabels: {} } }]), "route.from[0]", /names every pod of the gateway's/],
  [
    {
      tls: { secretName: "t" },
      route: { kind: "gatewayApi", parentRef: { namespace: "g", name: "p" }, from: [peer] },
    },
    "tls",
    /that of an HTTPRoute is its Gateway's/,
  ],
  [{ egress: { dns: [] } }, "egress.dns", /names nobody/],
  [{ egress: { dns: [{ to: [peer], ports: [] }] } }, "egress.dns[0].ports", /names no port/],
  [{ images: { override: { kratos: "kratos" } } }, "images.override.kratos", /has no tag/],
  [{ images: { override: { loginUi: "ui:1" } } }, "images.override.loginUi", /does not run/],
  [
    { skipLoginPage: true, loginUi: { kind: "oryReference" } },
    "skipLoginPage",
    /is what only this library's login UI does/,
  ],
  [{ loginUi: { image: "registry.example.com/login" } }, "loginUi.image", /has no tag/],
  [{ images: { pullSecrets: ["Registry"] } }, "images.pullSecrets[0]", /is not the name of a Secret/],
  [
    { unprotectedHosts: [{ host: "a.example.net", namespace: "a" }] },
    "unprotectedHosts[0].host",
    /is outside/,
  ],
  [{ serviceAccountIssuer: "a b" }, "serviceAccountIssuer", /is empty or has spaces/],
];

/** The same in a service. */
const ofService: readonly (readonly [object, string, RegExp])[] = [
  [{ upstream: { ...vmagent, port: 0 } }, "upstream.port", /is not a port/],
  [{ upstream: { ...vmagent, targetPort: -5 } }, "upstream.targetPort", /is not a port/],
  [
    { upstream: { ...vmagent, namespace: "My Namespace" } },
    "upstream.namespace",
    /is not the name of a namespace/,
  ],
  [{ upstream: { ...vmagent, name: "my_service" } }, "upstream.name", /is not the name of a Service/],
  [{ upstream: { ...vmagent, pods: { app: "a b" } } }, 'upstream.pods["app"]', /is not the value of a label/],
  [{ upstream: { ...vmagent, pods: {} } }, "upstream.pods", /selects every pod of the namespace/],
  [{ upstream: { url: "http://legacy.legacy.svc" } }, "isolation", /no NetworkPolicy can isolate a URL/],
  [{ isolation: { alsoAllow: [{}] } }, "isolation.alsoAllow[0]", /names nobody/],
  [{ hosts: [] }, "hosts", /names no host/],
  [{ hosts: ["a.example.net"] }, "hosts[0]", /is outside the domain apps\.example\.com/],
  [{ methods: [] }, "methods", /names no method/],
  [{ portal: { title: "" } }, "portal.title", /is empty/],
  [{ portal: { description: "a\nb" } }, "portal.description", /has a line break/],
  [{ portal: { icon: "prometheus" } }, "portal.icon", /has 10 characters, more than 8/],
  [{ annotations: { "a b": "c" } }, "annotations", /is not the name of an annotation/],
  [{ publicPaths: [{ path: "healthz", match: "exact" }] }, "publicPaths[0].path", /is not a plain path/],
  [
    { patches: { networkPolicy: {} }, isolation: "none" },
    "patches.networkPolicy",
    /has no NetworkPolicy to change/,
  ],
  [
    { machines: { issuer: "https://ci.example.com", audience: "a", jwksUrl: 'https://ci.example.com/a b"' } },
    "machines.jwksUrl",
    /is not a URL/,
  ],
  [
    { machines: { serviceAccounts: [{ namespace: "ci", name: "runner" }], audience: "a" } },
    "machines.serviceAccounts",
    /needs the issuer of the cluster's service accounts/,
  ],
  [
    { machines: { serviceAccounts: [], audience: "a" } },
    "machines.serviceAccounts",
    /names nobody|needs the issuer/,
  ],
];

describe("one set of checks", () => {
  for (const [change, property, words] of ofGateway)
    it(`tells of a gateway's ${property} the same in a stack's file and in a program: ${JSON.stringify(change)}`, async () => {
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
    it(`tells of a service's ${property} the same in a stack's file and in a program: ${JSON.stringify(change)}`, async () => {
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

  for (const name of ["Grafana", "my_service", "a".repeat(64), "-a", "a b"])
    it(`refuses the service's name ${name}`, () => {
      const services = { [name]: { upstream: vmagent } };
      const [line = "", ...others] = fileLines({ domain: "apps.example.com", services });
      assert.match(line, /is not the name of a service/);
      assert.deepEqual(others, []);
    });

  it("refuses a service whose second Rule has another service's name, and requests that two take", () => {
    const publicPaths = [{ path: "/healthz", match: "exact", methods: ["POST"] }];
    const services = {
      x: { upstream: vmagent, methods: ["GET", "POST"], publicPaths },
      "x-post": { upstream: vmagent },
      y: { upstream: vmagent, hosts: ["x.apps.example.com"] },
    };
    const lines = fileLines({ domain: "apps.example.com", services });
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(lines[0] ?? "", /^portcullis:services\.x-post\..*a Rule of a name that the service "x" has/);
    assert.match(
      lines[1] ?? "",
      /^portcullis:services\.y\.hosts: lead to requests that the service "x" takes/,
    );
  });

  it("checks what becomes known later, as soon as it is known, and shows no secret", async () => {
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

  it("says nothing of what is right, known at once or later", async () => {
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
  const error: unknown = await run(program).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ComponentProblem, String(error));
  return error.problems.map(describeProblem);
}
