import assert from "node:assert/strict";
import { AccessProxy } from "../../../components/accessProxy";
import { addressesOf } from "../../../components/shared/addresses";
import { IdentityServer } from "../../../components/identityServer";
import { LoginUi } from "../../../components/loginUi";
import { Monitoring } from "../../../components/monitoring";
import { Postgres } from "../../../components/postgres";
import { defaultSignInLimits } from "../../../documents/kratos/signInLimits";
import { resolveImages } from "../../../components/shared/images";
import { RouteAdmission } from "../../../components/routeAdmission";
import { RuleOperator } from "../../../components/ruleOperator";
import { ServiceAccountKeys } from "../../../components/serviceAccountKeys";
import { refusedBy, run } from "../mocks";
import { ingressController, staff } from "./programs";

describe("a part without a gateway", () => {
  const images = resolveImages("v26.2");
  const addresses = addressesOf("apps.example.com", "off");
  const route = { kind: "ingress", from: [ingressController] } as const;
  const place = { namespace: "login", images, addresses, route, tls: "off" } as const;
  const everybody = [{ namespaceSelector: {} }];
  const identityServer = {
    ...place,
    database: {
      host: "db",
      port: 5432,
      database: "kratos",
      user: "kratos",
      password: "p",
      sslMode: "disable",
    },
    session: { lifespan: "24h", onePerUser: true, sameSite: "Strict" },
    secondFactor: "off",
    replicas: 0,
    secretsVersion: 1,
    insecureDevMode: false,
    signInLimits: "off",
    clients: [],
    metricsFrom: [],
  } as const;
  const rulesCredentials = { secretName: "rules", key: "credentials" };

  const parts: readonly (readonly [string, () => unknown, readonly string[]])[] = [
    [
      "Postgres",
      () =>
        new Postgres("db", {
          namespace: "A B",
          images,
          database: { kind: "cloudNativePg", instances: 0 } as never,
          clients: everybody,
        }),
      ["namespace", "database.instances", "clients[0]"],
    ],
    [
      "IdentityServer",
      () =>
        new IdentityServer("identity", {
          ...identityServer,
          loginProviders: [staff(), staff()],
          smtp: { from: "Login <login@example.com>", uri: "smtps://u:p@mail.example.com:465" },
          route: { ...route, from: [] as never },
          secretsVersion: 0,
          clients: everybody,
          metricsFrom: everybody,
          namespace: "A B",
          database: { ...identityServer.database, host: "db:5432" },
          signInLimits: { ...defaultSignInLimits, trustedHops: -1 },
          autoscaling: { max: 0 },
          outbound: { authorities: { pem: "ca" } },
        }),
      [
        "namespace",
        "loginProviders[1].id",
        "session.sameSite",
        "smtp.from",
        "database.host",
        "signInLimits.trustedHops",
        "outbound.authorities.pem",
        "route.from",
        "replicas",
        "autoscaling.max",
        "secretsVersion",
        "clients[0]",
        "metricsFrom[0]",
      ],
    ],
    [
      "AccessProxy",
      () =>
        new AccessProxy("proxy", {
          ...place,
          namespace: "A B",
          identityService: "kratos",
          identityNamespace: "A B",
          identityPort: 0,
          rulesUrl: "http://rules",
          rulesCredentials,
          sessionCheck: "2h",
          secondFactor: "off",
          replicas: -1,
          secretsVersion: 0,
          ingressFrom: [{}],
          metricsFrom: everybody,
          autoscaling: { max: -1 },
        }),
      [
        "namespace",
        "identityNamespace",
        "identityPort",
        "sessionCheck",
        "replicas",
        "autoscaling.max",
        "secretsVersion",
        "ingressFrom[0]",
        "metricsFrom[0]",
      ],
    ],
    [
      "LoginUi",
      () =>
        new LoginUi("ui", {
          ...place,
          route: { ...route, from: [] as never },
          identityService: "kratos",
          accessDeniedService: "proxy",
          replicas: 0.5,
          namespace: "A B",
          ui: { kind: "portcullis", texts: { "login.title": "" } },
          branding: { name: "" },
          sessionCookie: "sid",
        }),
      ["namespace", "replicas", "ui.texts.login.title", "branding.name", "sessionCookie", "route.from"],
    ],
    [
      "RuleOperator",
      () =>
        new RuleOperator("rules", {
          ...place,
          namespace: "A B",
          crd: "create",
          clients: everybody,
          metricsFrom: everybody,
        }),
      ["namespace", "clients[0]", "metricsFrom[0]"],
    ],
    [
      "ServiceAccountKeys",
      () => new ServiceAccountKeys("keys", { ...place, namespace: "A B", issuer: "", clients: everybody }),
      ["namespace", "issuer", "clients[0]"],
    ],
    [
      "RouteAdmission",
      () =>
        new RouteAdmission("routes", {
          namespace: "login",
          addresses,
          proxyService: "proxy",
          unprotectedHosts: [{ host: "auth.apps.example.com", namespace: "A" }],
        }),
      ["unprotectedHosts[0].host", "unprotectedHosts[0].namespace"],
    ],
    [
      "Monitoring",
      () =>
        new Monitoring("monitoring", {
          namespace: "A B",
          serviceMonitors: false,
          alerts: true,
          labels: { "a b": "c" },
        }),
      ["namespace", "labels"],
    ],
  ];

  for (const [kind, make, paths] of parts)
    it(`reports every unusable argument of ${kind} before it creates anything`, async () => {
      const { problems, message } = await refusedBy(make);
      assert.match(message, new RegExp(`^${kind} "`));
      assert.deepEqual(
        problems.map(({ path }) => path),
        paths.map((path) => `args.${path}`),
      );
    });

  const named: readonly (readonly [string, number, (name: string) => unknown])[] = [
    [
      "Postgres",
      35,
      (name) => new Postgres(name, { ...place, database: { kind: "inCluster" }, clients: [] }),
    ],
    [
      "IdentityServer",
      35,
      (name) =>
        new IdentityServer(name, {
          ...identityServer,
          session: { ...identityServer.session, sameSite: "Lax" },
          replicas: 1,
          secretsVersion: 1,
          loginProviders: [staff()],
        }),
    ],
    [
      "ServiceAccountKeys",
      54,
      (name) => new ServiceAccountKeys(name, { ...place, issuer: "https://i.example", clients: [] }),
    ],
  ];
  for (const [kind, longest, make] of named)
    it(`refuses a name of ${kind} with which its Services or CronJobs could not begin`, async () => {
      for (const name of ["Identities", "1st", "a".repeat(longest + 1)]) {
        const { problems } = await refusedBy(() => make(name));
        assert.deepEqual(
          problems.map(({ path, reason }) => `${path} ${reason}`),
          ["name cannot be the beginning of its Services' and CronJobs' names"],
        );
      }
      await run(() => make("a".repeat(longest)));
    });
});
