import assert from "node:assert/strict";
import { AccessProxy } from "../../../components/accessProxy";
import { addressesOf } from "../../../components/shared/addresses";
import { IdentityServer } from "../../../components/identityServer";
import { LoginUi } from "../../../components/loginUi";
import { Monitoring } from "../../../components/monitoring";
import { Postgres } from "../../../components/postgres";
import { resolveImages } from "../../../components/shared/images";
import { RouteAdmission } from "../../../components/routeAdmission";
import { RuleOperator } from "../../../components/ruleOperator";
import { ServiceAccountKeys } from "../../../components/serviceAccountKeys";
import { refusedBy } from "../mocks";
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
        }),
      [
        "loginProviders[1].id",
        "session.sameSite",
        "smtp.from",
        "route.from",
        "replicas",
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
          identityService: "kratos",
          identityPort: 0,
          rulesUrl: "http://rules",
          rulesCredentials,
          sessionCheck: "2h",
          secondFactor: "off",
          replicas: -1,
          secretsVersion: 0,
          ingressFrom: [{}],
          metricsFrom: everybody,
        }),
      ["identityPort", "sessionCheck", "replicas", "secretsVersion", "ingressFrom[0]", "metricsFrom[0]"],
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
        }),
      ["replicas", "route.from"],
    ],
    [
      "RuleOperator",
      () =>
        new RuleOperator("rules", { ...place, crd: "create", clients: everybody, metricsFrom: everybody }),
      ["clients[0]", "metricsFrom[0]"],
    ],
    [
      "ServiceAccountKeys",
      () => new ServiceAccountKeys("keys", { ...place, issuer: "", clients: everybody }),
      ["issuer", "clients[0]"],
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
          namespace: "login",
          serviceMonitors: false,
          alerts: true,
          labels: { "a b": "c" },
        }),
      ["labels"],
    ],
  ];

  for (const [kind, make, paths] of parts)
    it(`names every argument of ${kind} that is not usable, before it makes anything`, async () => {
      const { problems, message } = await refusedBy(make);
      assert.match(message, new RegExp(`^${kind} "`));
      assert.deepEqual(
        problems.map(({ path }) => path),
        paths.map((path) => `args.${path}`),
      );
    });
});
