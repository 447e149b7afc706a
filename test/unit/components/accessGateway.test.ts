import assert from "node:assert/strict";
import { notAwaited } from "../../../components/shared/awaiting";
import { authority } from "../authority";
import { AccessGateway } from "../../../components/accessGateway";
import type { GatewayPart } from "../../../components/accessGateway/patches";
import type { Patch } from "../../../components/shared/patch";
import { refusedBy, run, type Fields, type Recorded } from "../mocks";
import { gateway, ingressController, service, staff } from "./programs";
import { pod } from "./podSpecs";

function ingress(made: Recorded, name: string) {
  return made.one(":Ingress", name).inputs as {
    metadata: { annotations: Fields };
    spec: { ingressClassName?: string; tls?: Fields[]; rules: Fields[] };
  };
}

const external = {
  kind: "external",
  host: "db.example.com",
  port: 6432,
  database: "identities",
  user: "login",
  password: "p@ss word",
  sslMode: "verify-full",
  caCertificate: authority,
} as const;

describe("AccessGateway", () => {
  it("is refused without login providers by a program without types, as with an empty list", async () => {
    for (const loginProviders of [[], undefined, null]) {
      const args = {
        domain: "apps.example.com",
        route: { kind: "ingress", from: [ingressController] },
        tls: "off",
      };
      const { problems } = await refusedBy(
        () => new AccessGateway("access", { ...args, loginProviders } as never),
      );
      assert.deepEqual(
        problems.map(({ path, reason }) => `${path} ${reason}`),
        ["args.loginProviders is empty, so nobody could sign in"],
      );
    }
  });

  it("uses an external database with its certificate authority, and then runs none", async () => {
    const { made } = await run(() => gateway({ database: external }));
    assert.deepEqual(
      made.names.filter((name) => name.includes("postgres")),
      ["portcullis:index:Postgres access-postgres"],
    );
    const { DSN } = made.one(":Secret", "access-identity").inputs["stringData"] as { DSN: string };
    const { protocol, username, password, host, pathname, searchParams } = new URL(DSN);
    assert.deepEqual(
      { protocol, username, host, pathname, password: decodeURIComponent(password) },
      {
        protocol: "postgres:",
        username: "login",
        host: "db.example.com:6432",
        pathname: "/identities",
        password: "p@ss word",
      },
    );
    assert.equal(searchParams.get("sslmode"), "verify-full");
    assert.equal(searchParams.get("sslrootcert"), "/etc/kratos/ca.crt");
    const files = made.one(":ConfigMap", "access-identity").inputs["data"] as Fields;
    assert.equal(files["ca.crt"], authority);
  });

  it("starts the login UI and the proxy without waiting for the identity server", async () => {
    const { made } = await run(() => gateway({}));
    for (const { name, inputs } of made.ofType(":Service")) {
      const { annotations } = inputs["metadata"] as { annotations: Fields };
      assert.equal(annotations["pulumi.com/skipAwait"], "true", name);
    }
    const server = [
      "kubernetes:apps/v1:Deployment access-identity",
      "kubernetes:batch/v1:Job access-identity-migrate",
    ];
    for (const name of ["access-login-ui", "access-proxy"]) {
      const { after } = made.one(":Deployment", name);
      assert.deepEqual(
        after.filter((one) => server.includes(one)),
        [],
      );
    }
  });

  it("has a courier only with a mail server", async () => {
    const smtp = { uri: "smtps://mail.example.com:465", from: "login@example.com" };
    const { made: withMail } = await run(() => gateway({ smtp }));
    const { made: without } = await run(() => gateway());
    assert.deepEqual(
      withMail.names.filter((name) => !without.names.includes(name)),
      [
        "kubernetes:apps/v1:Deployment access-identity-courier",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy access-identity-courier",
      ],
    );
    assert.deepEqual(pod(withMail, "access-identity-courier").containers[0]?.args.slice(0, 2), [
      "courier",
      "watch",
    ]);
  });

  it("opens the courier's metrics to the kubelet, and not the server's admin API", async () => {
    const smtp = { uri: "smtps://mail.example.com:465", from: "login@example.com" };
    const { made } = await run(() => gateway({ smtp }));
    const hostsOf = (name: string) =>
      JSON.stringify(pod(made, name).containers).match(/"name":"SERVE_ADMIN_HOST","value":"[^"]*"/g);
    assert.deepEqual(hostsOf("access-identity-courier"), ['"name":"SERVE_ADMIN_HOST","value":"0.0.0.0"']);
    assert.equal(hostsOf("access-identity"), null);
  });

  it("migrates the database before anything uses it", async () => {
    const smtp = { uri: "smtps://mail.example.com:465", from: "login@example.com" };
    const { made } = await run(() => gateway({ smtp }));
    const migration = "kubernetes:batch/v1:Job access-identity-migrate";
    for (const [type, name] of [
      [":Deployment", "access-identity"],
      [":Deployment", "access-identity-courier"],
      [":CronJob", "access-identity-cleanup"],
    ] as const)
      assert.ok(made.one(type, name).after.includes(migration), name);
  });

  it("writes Kratos' network in the migration Job, by a clean-up after the migration", async () => {
    const { made } = await run(() => gateway({}));
    const { initContainers = [], containers } = pod(made, "access-identity-migrate", ":Job");
    assert.deepEqual(
      [...initContainers, ...containers].map(({ args }) => args.slice(0, 2)),
      [
        ["migrate", "sql"],
        ["cleanup", "sql"],
      ],
    );
  });

  it("requests certificates from cert-manager, of an Issuer or a ClusterIssuer", async () => {
    for (const [kind, annotation] of [
      ["ClusterIssuer", "cert-manager.io/cluster-issuer"],
      ["Issuer", "cert-manager.io/issuer"],
    ] as const) {
      const { made } = await run(() => service({}, { tls: { issuer: { kind, name: "letsencrypt" } } }));
      for (const name of ["access-identity", "access-login-ui", "vmagent"]) {
        const { metadata, spec } = ingress(made, name);
        assert.deepEqual(metadata.annotations, { ...notAwaited, [annotation]: "letsencrypt" });
        assert.deepEqual(
          spec.tls?.map(({ hosts, secretName }) => [hosts, secretName]),
          [[spec.rules.map(({ host }) => host), `${name}-tls`]],
        );
      }
    }
  });

  it("serves https with an existing certificate", async () => {
    const { made, result } = await run(() => service({}, { tls: { secretName: "wildcard" } }));
    assert.deepEqual(ingress(made, "vmagent").spec.tls, [
      { hosts: ["vmagent.apps.example.com"], secretName: "wildcard" },
    ]);
    assert.deepEqual(ingress(made, "vmagent").metadata.annotations, { "pulumi.com/skipAwait": "true" });
    assert.equal(result.url, "https://vmagent.apps.example.com");
  });

  it("serves plain http where TLS is off", async () => {
    const { made, result } = await run(() => service({}, { tls: "off" }));
    for (const { inputs } of made.ofType(":Ingress")) assert.ok(!("tls" in (inputs["spec"] as Fields)));
    assert.equal(result.url, "http://vmagent.apps.example.com");
  });

  it("weakens cookies only with insecureDevMode", async () => {
    const isDev = async (insecureDevMode: boolean) => {
      const { made } = await run(() => gateway({ insecureDevMode }));
      return pod(made, "access-identity").containers[0]?.args.includes("--dev");
    };
    assert.equal(await isDev(true), true);
    assert.equal(await isDev(false), false);
  });

  it("has no PodDisruptionBudget with a single replica, so that nodes can be drained", async () => {
    const { made } = await run(() => gateway({ replicas: 1 }));
    assert.deepEqual(made.ofType(":PodDisruptionBudget"), []);
  });

  it("leaves an existing Rule CRD alone", async () => {
    const { made } = await run(() => gateway({ crd: "existing" }));
    assert.deepEqual(made.ofType(":CustomResourceDefinition"), []);
    assert.ok(made.has(":Rule", "access-rules-sentinel"));
  });

  it("refuses a name with which one of its CronJobs is longer than the API server accepts", async () => {
    const named = (name: string) => () =>
      new AccessGateway(name, {
        domain: "apps.example.com",
        loginProviders: [staff()],
        route: { kind: "ingress", from: [ingressController] },
        tls: "external",
        leavers: {},
      });
    const longest = "portcullis-eu-production-1";
    const { made } = await run(named(longest));
    const lengths = made.ofType(":CronJob").map(({ name, inputs }) => {
      const { name: given } = inputs["metadata"] as Fields;
      // Pulumi adds a hyphen and eight digits to the name of an object that has none.
      return typeof given === "string" ? given.length : name.length + 9;
    });
    assert.equal(lengths.length, 4);
    assert.equal(Math.max(...lengths), 52);
    const { problems } = await refusedBy(named(`${longest}0`));
    assert.deepEqual(problems, [
      {
        path: "name",
        value: '"portcullis-eu-production-10"',
        reason: "cannot be the beginning of its Services' and CronJobs' names",
        fix: "Use lower-case letters, digits and hyphens, at most 26, beginning with a letter.",
      },
    ]);
  });

  it("leaves an existing namespace alone", async () => {
    const { made } = await run(() => gateway({ namespace: { name: "login", create: false } }));
    assert.deepEqual(made.ofType(":Namespace"), []);
    assert.equal(
      (made.one(":Deployment", "access-proxy").inputs["metadata"] as Fields)["namespace"],
      "login",
    );
  });

  it("pulls from a mirror, or from the override of a single image", async () => {
    const images = {
      registry: "mirror.example.com/cache",
      pullSecrets: ["mirror"],
      override: { node: "example.com/our-node:24" },
    };
    const { made } = await run(() => gateway({ images }));
    assert.equal(
      pod(made, "access-identity").containers[0]?.image,
      "mirror.example.com/cache/oryd/kratos:v26.2.0",
    );
    assert.equal(pod(made, "access-login-ui").containers[0]?.image, "example.com/our-node:24");
    assert.deepEqual(pod(made, "access-login-ui").imagePullSecrets, [{ name: "mirror" }]);
  });

  it("patches the pods of all its workloads, and one workload otherwise", async () => {
    const everyPod = {
      tolerations: [{ operator: "Exists" }],
      securityContext: { runAsUser: null, fsGroup: null },
    };
    const loginUi = { template: { spec: { securityContext: { runAsUser: 7 } } }, replicas: 1 };
    const { made } = await run(() => gateway({ patches: { everyPod, loginUi }, leavers: {} }));
    const workloads = made.names.filter((name) => /:(Deployment|StatefulSet|Job|CronJob) /.test(name));
    assert.equal(workloads.length, 10);
    for (const workload of workloads) {
      const [, kind = "", name = ""] = /(:[A-Za-z]+) (.*)$/.exec(workload) ?? [];
      const text = JSON.stringify(made.one(kind, name).inputs);
      assert.match(text, /"tolerations":\[\{"operator":"Exists"\}\]/, name);
      assert.doesNotMatch(text, /"fsGroup"/, name);
      assert.equal(text.includes('"runAsUser":7'), name === "access-login-ui", name);
      assert.equal(text.includes('"runAsUser"'), name === "access-login-ui", name);
    }
  });

  it("applies the merge patch of each workload to that workload only", async () => {
    const spec = (part: string) => ({
      nodeSelector: { part },
      securityContext: { runAsUser: null, fsGroup: null },
    });
    const pods = (part: string): Patch => ({ template: { spec: spec(part) } });
    const jobs = (part: string): Patch => ({ jobTemplate: { spec: { template: { spec: spec(part) } } } });
    const parts: Readonly<
      Record<
        Exclude<GatewayPart, "postgresCluster">,
        readonly [workload: readonly [kind: string, name: string], patch: (part: string) => Patch]
      >
    > = {
      identityServer: [[":Deployment", "access-identity"], pods],
      loginUi: [[":Deployment", "access-login-ui"], pods],
      proxy: [[":Deployment", "access-proxy"], pods],
      ruleOperator: [[":Deployment", "access-rules"], pods],
      serviceAccountKeys: [[":Deployment", "access-service-account-keys"], pods],
      courier: [[":Deployment", "access-identity-courier"], pods],
      postgres: [[":StatefulSet", "access-postgres"], pods],
      migration: [[":Job", "access-identity-migrate"], pods],
      identityNames: [[":Job", "access-identity-names"], pods],
      cleanup: [[":CronJob", "access-identity-cleanup"], jobs],
      leavers: [[":CronJob", "access-identity-leavers"], jobs],
      postgresBackup: [[":CronJob", "access-postgres-backup"], jobs],
      postgresRestore: [[":CronJob", "access-postgres-restore"], jobs],
    };
    const { made } = await run(() =>
      gateway({
        patches: Object.fromEntries(Object.entries(parts).map(([part, [, patch]]) => [part, patch(part)])),
        leavers: {},
        loginProviders: [
          staff({ admit: "closed", identities: [{ subject: "1", email: "alice@example.com" }] }),
        ],
        serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
        smtp: { uri: "smtps://mail.example.com:465", from: "login@example.com" },
      }),
    );
    const workloads = made.names.filter((name) => /:(Deployment|StatefulSet|Job|CronJob) /.test(name));
    assert.equal(workloads.length, Object.keys(parts).length);
    for (const [part, [workload]] of Object.entries(parts)) {
      const [kind, name] = workload;
      const text = JSON.stringify(made.one(kind, name).inputs);
      assert.deepEqual(text.match(/"part":"[^"]*"/g), [`"part":"${part}"`], part);
      assert.doesNotMatch(text, /"runAsUser"|"fsGroup"/, part);
      assert.match(text, /"runAsNonRoot":true/, part);
    }
  });

  it("reports every mistake at once, without a stack trace", async () => {
    const { problems, resource, message } = await refusedBy(() =>
      gateway({
        domain: "https://apps.example.com",
        replicas: 0,
        route: { kind: "ingress", from: [] as never },
        session: { lifespan: "24" as never, checkCache: "soon" as never },
        loginProviders: [] as never,
      }),
    );
    assert.ok(resource instanceof AccessGateway);
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [
        ["args.domain", '"https://apps.example.com"'],
        ["args.route.from", "[]"],
        ["args.replicas", "0"],
        ["args.loginProviders", "[]"],
        ["args.session.lifespan", '"24"'],
        ["args.session.checkCache", '"soon"'],
      ],
    );
    for (const { reason, fix } of problems) assert.ok(reason !== "" && fix !== "");
    assert.match(message, /^AccessGateway "access" has 6 problems:\n {2}- args\.domain: has a scheme \(/);
  });

  it("refuses a session check cached too long, peers that are too wide and an issuer over plain http", async () => {
    const { problems } = await refusedBy(() =>
      gateway({
        route: { kind: "ingress", from: [{ namespaceSelector: {} }] },
        session: { checkCache: "9999999h" },
        loginProviders: [staff({ issuerUrl: "http://id.example.com" })],
      }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["args.route.from[0]", "args.loginProviders[0].issuerUrl", "args.session.checkCache"],
    );
  });

  it("accepts an issuer over plain http with insecureDevMode", () =>
    run(() =>
      gateway({
        tls: "off",
        insecureDevMode: true,
        loginProviders: [staff({ issuerUrl: "http://id.example.com" })],
      }),
    ));

  it("refuses two login providers with the same id", async () => {
    const { problems } = await refusedBy(() => {
      const provider = staff();
      gateway({ loginProviders: [provider, provider] });
    });
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [["args.loginProviders[1].id", '"staff"']],
    );
  });
});
