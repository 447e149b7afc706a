import assert from "node:assert/strict";
import { isSecret, Output, RunError, runtime } from "@pulumi/pulumi";
import { loadSettings, parseServicesSettings, parseSettings } from "../../../stacks/settings/parse";
import { describeProblem } from "../../../documents/shared/problem";
import { nineMistakes } from "../../mistakes";
import { run } from "../mocks";
import { asEngine, devConfig, refusal } from "./configuration";

describe("the dev stack's configuration", () => {
  it("is read with its defaults, and frozen", () => {
    const settings = parseSettings(devConfig());
    assert.equal(settings.domain, "portcullis.localhost:8080");
    assert.equal(settings.tls, "off");
    assert.deepEqual(settings.database, {
      kind: "inCluster",
      storage: "1Gi",
      protect: false,
      backup: { storage: "1Gi" },
    });
    assert.equal(settings.demoUpstream, true);
    assert.equal(settings.insecureDevMode, false);
    assert.deepEqual(settings.loginProviders[0].admit, { workspaceDomains: ["example.com"] });
    for (const part of [
      settings,
      settings.loginProviders,
      settings.loginProviders[0].admit,
      settings.services,
    ])
      assert.ok(Object.isFrozen(part));
  });

  it("has a client secret that the engine treats as one", async () => {
    await run(async () => {
      const { clientSecret } = parseSettings(devConfig()).loginProviders[0];
      assert.ok(Output.isInstance(clientSecret));
      assert.equal(await isSecret(clientSecret), true);
    });
  });

  it("is told apart from other projects' keys by its name", () => {
    const own = Object.entries(devConfig()).map(([key, value]) => [`portcullis:${key}`, value] as const);
    runtime.setAllConfig({ ...Object.fromEntries(own), "kubernetes:context": "elsewhere" });
    try {
      const settings = loadSettings();
      assert.ok(settings.kind === "gateway");
      assert.equal(settings.domain, "portcullis.localhost:8080");
    } finally {
      runtime.setAllConfig({});
    }
  });
});

describe("an external database", () => {
  const database = { kind: "external", host: "db.example.com", database: "kratos", user: "kratos" };

  it("may have its password and its certificate authority in the cluster, and then needs no key", () => {
    const password = { secretName: "database", key: "password" };
    const caCertificate = { secretName: "database", key: "ca.crt" };
    const given = JSON.stringify({ ...database, password, caCertificate });
    const settings = parseSettings({ ...devConfig(), database: given });
    assert.ok(settings.database.kind === "external");
    assert.deepEqual(settings.database.password, password);
    assert.deepEqual(settings.database.caCertificate, caCertificate);
  });

  it("is refused with more than a host, which may contain a password and is then not shown", () => {
    for (const host of [
      "postgres://kratos:hunter2@db.example.com",
      "jdbc:postgresql://db.example.com/kratos?user=kratos&password=hunter2",
      "host=db.example.com password=hunter2",
      "db.example.com;Password=hunter2",
    ]) {
      const config = { database: JSON.stringify({ ...database, host }), databasePassword: "correct horse" };
      assert.throws(
        () => parseSettings({ ...devConfig(), ...config }),
        ({ message }: Error) =>
          message.includes("database.host: is more than a host") && !message.includes("hunter2"),
        host,
      );
    }
  });

  it("is refused with two passwords, or with a password in the file", () => {
    const both = { ...database, password: { secretName: "database", key: "password" } };
    for (const [given, complaint] of [
      [both, /databasePassword: belongs to nothing in this stack/],
      [{ ...database, password: "hunter2" }, /database\.password: must not contain the secret itself/],
    ] as const)
      assert.throws(
        () => parseSettings({ ...devConfig(), database: JSON.stringify(given), databasePassword: "hunter2" }),
        ({ message }: Error) => complaint.test(message) && !message.includes("hunter2"),
      );
  });
});

describe("a configuration with mistakes", () => {
  it("of every kind is reported once, a line for each", () => {
    const { message } = refusal({
      ...devConfig(),
      ...asEngine(nineMistakes.settings),
      "clientSecret.stub": "hunter2 ",
    });
    assert.deepEqual(message.split("\n"), [
      "The stack's configuration has 9 problems:",
      ...nineMistakes.lines.map((line) => `  - ${line}`),
    ]);
    assert.doesNotMatch(message, /hunter2/);
  });

  it("is reported at once, without a stack trace and without secrets", () => {
    const error = refusal({
      ...devConfig(),
      "clientSecret.stub": "",
      "clientSecret.gogle": "never to be shown",
      colour: "red",
      replicas: "two",
      release: "v1",
      session: '{"lifespan":"24"}',
      insecureDevMode: "yes",
      services: '{"vmagent":{"upstream":{"url":"http://vmagent"},"hots":["a.example.com"]}}',
      database: '{"kind":"external","host":5}',
      domain: undefined,
    });
    assert.ok(RunError.isInstance(error), "the engine prints only the message");
    assert.deepEqual(error.message.split("\n"), [
      "The stack's configuration has 14 problems:",
      "  - portcullis:domain: is missing (found nothing). Write text.",
      '  - portcullis:services.vmagent.hots: is not a setting (found a list). Did you mean "hosts"?',
      '  - portcullis:release: has the wrong form (found "v1"). Write "v26.2" or "v1.3".',
      '  - portcullis:replicas: has the wrong form (found "two"). Write a number.',
      "  - portcullis:database.host: has the wrong form (found 5). Write text, between quotes where it is digits.",
      "  - portcullis:database.database: is missing (found nothing). Write text.",
      "  - portcullis:database.user: is missing (found nothing). Write text.",
      '  - portcullis:session.lifespan: has the wrong form (found "24"). Write a number and a unit, for example "24h", "30m" or "5s".',
      '  - portcullis:insecureDevMode: has the wrong form (found "yes"). Write true or false.',
      "  - portcullis:colour: is not a setting (found text). Remove it, or correct its name: Pulumi.yaml lists the settings.",
      '  - portcullis:services.vmagent.isolation: is not "none", but no NetworkPolicy can isolate a URL: anyone who reaches it bypasses the login (found nothing). Name the upstream by Service and pods, or accept it with isolation: "none".',
      "  - portcullis:clientSecret.stub: is missing (found nothing). Run: pulumi config set --secret portcullis:clientSecret.stub",
      "  - portcullis:databasePassword: is missing (found nothing). Run: pulumi config set --secret portcullis:databasePassword",
      "  - portcullis:clientSecret.gogle: belongs to nothing in this stack (found a secret). Run: pulumi config rm portcullis:clientSecret.gogle",
    ]);
  });

  const tlsForms = 'Write "off", "external", {issuer: {kind, name}} or {secretName}.';
  const upstreamForms = "Write {namespace, name, port, pods, targetPort} or {url}.";
  for (const [key, value, ...lines] of [
    ["tls", "on", `tls: has the wrong form (found "on"). ${tlsForms}`],
    ["tls", undefined, `tls: is missing (found nothing). ${tlsForms}`],
    [
      "tls",
      { secretName: 3 },
      "tls.secretName: has the wrong form (found 3). Write text, between quotes where it is digits.",
    ],
    [
      "tls",
      { issuer: { kind: "Isuer", name: "letsencrypt" } },
      'tls.issuer.kind: has the wrong form (found "Isuer"). Write "Issuer" or "ClusterIssuer".',
    ],
    ["services", upstream("http://vmagent"), `upstream: has the wrong form (found text). ${upstreamForms}`],
    [
      "services",
      upstream({ namespace: "monitoring", port: "http", targetPort: 8429 }),
      "upstream.name: is missing (found nothing). Write text.",
      'upstream.port: has the wrong form (found "http"). Write a number.',
      "upstream.pods: is missing (found nothing). Write labels, for example {app: x}.",
    ],
    [
      "services",
      upstream({ url: 5 }),
      "upstream.url: has the wrong form (found 5). Write text, between quotes where it is digits.",
    ],
    [
      "services",
      { vmagent: { upstream: { url: "http://vmagent" }, isolation: "nune" } },
      'isolation: has the wrong form (found "nune"). Write "none" or {alsoAllow: [peers]}.',
    ],
    [
      "services",
      { vmagent: { upstream: { url: "http://vmagent" }, isolation: { alsoAllow: [{ podSelector: {} }] } } },
      "isolation.alsoAllow[0].podSelector.matchLabels: is missing (found nothing). Write labels, for example {app: x}, or {} for all.",
    ],
    [
      "session",
      { checkCache: "on" },
      'session.checkCache: has the wrong form (found "on"). Write "off" or a duration, for example "5s".',
    ],
    [
      "database",
      { kind: "internal" },
      'database.kind: has the wrong form (found "internal"). Write {kind: inCluster}, {kind: cloudNativePg, backup}, {kind: cloudSql, region, network} or {kind: external, host, database, user}.',
    ],
    [
      "session",
      { checkCache: "2h" },
      'session.checkCache: lets somebody whose session was revoked, or who has signed out, continue for longer than a minute (found "2h"). Write at most "60s": the default, "5s", spares the identity server nearly as much.',
    ],
    [
      "route",
      { from: [{ namespaceSelector: { matchLabels: {} } }] },
      `route.from[0]: names pods of every namespace, and the proxy trusts whatever comes from there (found {"namespaceSelector":{"matchLabels":{}}}). Name the ingress controller's namespace and its pods, for example { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } }, podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } } }.`,
    ],
    ["egress", "none", 'egress: has the wrong form (found "none"). Write "off" or {dns?, alsoTo?}.'],
    [
      "egress",
      { alsoTo: { proxy: ["world"] } },
      'egress.alsoTo.proxy[0]: has the wrong form (found "world"). Write "internet" or {to: [peers], ports?}.',
    ],
    [
      "egress",
      { alsoTo: { proxy: [{ to: [{}] }] } },
      "egress.alsoTo.proxy[0].to[0]: names nobody (found {}). Write pods by namespaceSelector and podSelector, or addresses by ipBlock.",
    ],
    ["replicas", 0, "replicas: is not a whole number above 0 (found 0). Write for example 2."],
    [
      "signInLimits",
      { trustedHops: 1.5, starts: { perMinute: 0, burst: 10 } },
      "signInLimits.trustedHops: is not a whole number from 0 to 9 (found 1.5). Write one, or leave it out for the default.",
      "signInLimits.starts.perMinute: is not a whole number from 1 to 60000 (found 0). Write one, or leave it out for the default.",
    ],
    [
      "loginProviders",
      [],
      "loginProviders: is empty, so nobody could sign in (found []). Add a login provider, for example any OpenID Connect issuer by its issuerUrl.",
    ],
  ] as const)
    it(`names the place and the forms that ${key} ${JSON.stringify(value)} could take`, () => {
      const config = { ...devConfig(), [key]: value === undefined ? undefined : JSON.stringify(value) };
      if (key === "loginProviders") delete config["clientSecret.stub"];
      const [, ...found] = refusal(config).message.split("\n");
      const prefix = key === "services" ? "services.vmagent." : "";
      assert.deepEqual(
        found,
        lines.map((line) => `  - portcullis:${prefix}${line}`),
      );
    });

  it("refuses settings with the names of JavaScript's own properties, and null", () => {
    const { message } = refusal({ ...devConfig(), constructor: "x", toString: "{}", route: "null" });
    assert.deepEqual(message.split("\n").slice(1), [
      "  - portcullis:route: has the wrong form (found null). Write {from: [peers]} of an Ingress, or {kind: gatewayApi, parentRef, from: [peers]}.",
      "  - portcullis:constructor: is not a setting (found text). Remove it, or correct its name: Pulumi.yaml lists the settings.",
      "  - portcullis:toString: is not a setting (found an object). Remove it, or correct its name: Pulumi.yaml lists the settings.",
    ]);
  });

  it("takes a namespace's name, or an object with more about it", () => {
    const namespaceOf = (text: string) => parseSettings({ ...devConfig(), namespace: text }).namespace;
    assert.equal(namespaceOf("access"), "access");
    assert.equal(namespaceOf("null"), "null");
    const object = { create: false, name: "access" };
    assert.deepEqual(namespaceOf(JSON.stringify(object)), object);
    const lines = (given: unknown) =>
      refusal({ ...devConfig(), namespace: JSON.stringify(given) }).problems.map(describeProblem);
    assert.deepEqual(lines(["access"]), [
      "portcullis:namespace: has the wrong form (found a list). Write a name, or {name?, create?, labels?, annotations?}.",
    ]);
    assert.deepEqual(lines({ name: 83, labels: { team: true } }), [
      "portcullis:namespace.name: has the wrong form (found 83). Write text, between quotes where it is digits.",
      "portcullis:namespace.labels.team: has the wrong form (found true). Write text.",
    ]);
  });

  it("refuses a number for a namespace, which the file may have written with a leading 0", () => {
    const words =
      "portcullis:namespace: is a number, which may differ from the one in the file: 0123 without quotes becomes 83";
    const fix = 'Write a name that begins with 0 between quotes, "0123"; any other needs a letter.';
    const { message } = refusal({ ...devConfig(), namespace: "83" });
    assert.deepEqual(message.split("\n").slice(1), [`  - ${words} (found "83"). ${fix}`]);
    const team = { kind: "services", gateway: '{"stack":"acme/platform/dev"}', services: "{}" };
    assert.throws(
      () => parseServicesSettings({ ...team, namespace: "83" }),
      ({ message }: Error) => message.includes(words),
    );
    assert.equal(parseSettings({ ...devConfig(), namespace: "0123" }).namespace, "0123");
    assert.equal(parseServicesSettings({ ...team, namespace: "83-a" }).namespace, "83-a");
  });

  it("reports a service that the proxy could not reach, unless its egress allows it", () => {
    const services = JSON.stringify({
      legacy: { upstream: { url: "https://legacy.example.net" }, isolation: "none" },
    });
    const { problems } = refusal({ ...devConfig(), services });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["portcullis:services.legacy.upstream.url"],
    );
    for (const egress of ["off", JSON.stringify({ alsoTo: { proxy: ["internet"] } })])
      assert.ok(parseSettings({ ...devConfig(), services, egress }));
  });

  it("does not report a secret as unused while the setting that would use it is unreadable", () => {
    const { problems } = refusal({ ...devConfig(), loginProviders: "[{" });
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [["portcullis:loginProviders", "text"]],
    );
  });

  for (const [place, config] of Object.entries({
    "an unknown key": { smtpURI: "hunter2" },
    "a nested unknown key": { smtp: '{"from":"a@example.com","uri":"smtp://hunter2@example.com"}' },
    "text for an object": { smtp: "smtp://login:hunter2@example.com" },
    "text for a choice of objects": { services: '{"a":{"upstream":"http://login:hunter2@example.com"}}' },
    "a private key for a certificate": {
      database: JSON.stringify({ kind: "inCluster", backup: { encryptTo: "PRIVATE KEY hunter2" } }),
    },
    "broken JSON": { database: '{"kind":"external","password":"hunter2"' },
    "an unused secret": { databasePassword: "hunter2", smtpUri: "smtp://hunter2@example.com" },
  }))
    it(`never shows a possible secret: ${place}`, () => {
      assert.doesNotMatch(refusal({ ...devConfig(), ...config }).message, /hunter2/);
    });
});

function upstream(value: unknown): object {
  return { vmagent: { upstream: value } };
}
