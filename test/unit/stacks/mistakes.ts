import { vmagent } from "../components/programs";

const database = { kind: "external", host: "db.example.com", port: 5432, database: "kratos", user: "kratos" };
const password = { secretName: "database", key: "password" };
export const external = (change: object) => ({
  database: { ...database, password, sslMode: "require", ...change },
});
const peer = { namespaceSelector: { matchLabels: { team: "a" } } };
const route = (from: unknown) => ({ route: { kind: "ingress", from } });

/** Mistakes in a gateway, each with the one line that reports it after its path. */
export const ofGateway: readonly (readonly [object, string, RegExp])[] = [
  [external({ host: "postgres.example.com:5432" }), "database.host", /has a port .*and the port as port/],
  [external({ host: "postgres://db.example.com" }), "database.host", /is more than a host/],
  [external({ host: "[fd00::1]" }), "database.host", /has brackets/],
  [external({ host: "fe80::1%eth0" }), "database.host", /names an interface/],
  [external({ host: "" }), "database.host", /is neither a name nor an address/],
  [external({ host: "db example" }), "database.host", /is neither a name nor an address/],
  [external({ database: "db?sslmode=disable&x=" }), "database.database", /is not the name of a database/],
  [external({ database: "" }), "database.database", /is not the name of a database/],
  [external({ user: "a:b" }), "database.user", /is not the name of a user/],
  [external({ port: 0 }), "database.port", /is not a port/],
  [external({ port: 70000 }), "database.port", /is not a port/],
  [
    external({ caCertificate: "-----BEGIN PRIVATE KEY-----" }),
    "database.caCertificate",
    /contains a private key/,
  ],
  [external({ caCertificate: "the authority" }), "database.caCertificate", /is not a certificate/],
  [
    external({ password: { secretName: "My Secret", key: "password" } }),
    "database.password.secretName",
    /is not the name of a Secret/,
  ],
  [external({ password: { ...password, key: "" } }), "database.password.key", /is not a key/],
  [external({ caCertificate: { ...password, key: ".." } }), "database.caCertificate.key", /is not a key/],
  [external({ peers: [{}] }), "database.peers[0]", /names nobody/],
  [external({ peers: [] }), "database.peers", /names nobody/],
  [{ database: { kind: "inCluster", backup: { keep: 0 } } }, "database.backup.keep", /whole number above 0/],
  [{ database: { kind: "inCluster", storage: "8 GB" } }, "database.storage", /is not a size .*"8Gi"/],
  [
    { database: { kind: "inCluster", backup: { storage: "20" } } },
    "database.backup.storage",
    /is less than any volume has/,
  ],
  [
    { database: { kind: "inCluster", backup: { schedule: "daily" } } },
    "database.backup.schedule",
    /does not have the 5 fields of a schedule .*"17 3 \* \* \*"/,
  ],
  [
    { database: { kind: "cloudNativePg", backup: { objectStore: "a", schedule: "17 3 * * *" } } },
    "database.backup.schedule",
    /does not have the 6 fields of a schedule .*"0 17 3 \* \* \*"/,
  ],
  [
    { database: { kind: "cloudNativePg", backup: "off", storage: "8GB" } },
    "database.storage",
    /is not a size/,
  ],
  [{ leavers: { schedule: "every 5 minutes" } }, "leavers.schedule", /does not have the 5 fields/],
  [{ leavers: { schedule: "0 24 * * *" } }, "leavers.schedule", /has an hour that is not from 0 to 23/],
  [
    { database: { kind: "inCluster", storageClass: "Fast" } },
    "database.storageClass",
    /name of a StorageClass/,
  ],
  [
    { database: { kind: "inCluster", backup: { storageClass: "Slow" } } },
    "database.backup.storageClass",
    /name of a StorageClass/,
  ],
  [
    { database: { kind: "cloudNativePg", backup: { objectStore: "My Bucket" } } },
    "database.backup.objectStore",
    /name of an ObjectStore/,
  ],
  [
    { database: { kind: "cloudNativePg", backup: { volumeSnapshotClass: "CSI" } } },
    "database.backup.volumeSnapshotClass",
    /name of a VolumeSnapshotClass/,
  ],
  [
    { database: { kind: "cloudNativePg", backup: "off", image: "registry.example.com/postgresql" } },
    "database.image",
    /has no tag/,
  ],
  [{ groups: { sre: {} } }, "groups.sre", /names nobody/],
  [{ groups: { "SRE team": { emails: ["a@example.com"] } } }, "groups.SRE team", /is not a name of a group/],
  [{ groups: { sre: { emails: ["alice"] } } }, "groups.sre.emails[0]", /is not an e-mail address/],
  [{ groups: { sre: { googleGroup: "sre" } } }, "groups.sre.googleGroup", /is not an e-mail address/],
  [{ replicas: 0 }, "replicas", /is not a whole number above 0/],
  [{ replicas: 1.5 }, "replicas", /is not a whole number above 0/],
  [{ replicas: 1000 }, "replicas", /of the database's 100 connections/],
  [{ secretsVersion: 0 }, "secretsVersion", /is not a whole number above 0/],
  [{ domain: "apps.example.com:443", tls: { secretName: "t" } }, "domain", /Write "apps\.example\.com"/],
  [{ domain: "apps.example.com:80", tls: "off" }, "domain", /which browsers leave out/],
  [{ tls: { secretName: "Apps TLS" } }, "tls.secretName", /is not the name of a Secret/],
  [{ insecureDevMode: true, tls: { secretName: "t" } }, "insecureDevMode", /but tls is on/],
  [{ session: { lifespan: "1.5h" } }, "session.lifespan", /whole number of seconds, minutes or hours/],
  [{ session: { lifespan: "2562048h" } }, "session.lifespan", /is longer than 2562047 hours/],
  [{ session: { checkCache: "2h" } }, "session.checkCache", /for longer than a minute/],
  [{ session: { sameSite: "Strict" } }, "session.sameSite", /breaks every sign-in/],
  [{ session: { sameSite: "None" } }, "session.sameSite", /is refused by browsers over plain http/],
  [{ session: { cookieName: "sid" } }, "session.cookieName", /keeps it from services/],
  [{ session: { cookieName: "ory_kratos_continuity" } }, "session.cookieName", /for something else/],
  [{ metricsFrom: [{}] }, "metricsFrom[0]", /names nobody/],
  [{ metricsFrom: [{ ipBlock: { cidr: "10.0.0.0/99" } }] }, "metricsFrom[0].ipBlock", /is not a block/],
  [{ metricsFrom: [{ ipBlock: { cidr: "10.0.0.0/8/8" } }] }, "metricsFrom[0].ipBlock", /is not a block/],
  [{ metricsFrom: [{ ...peer, ipBlock: { cidr: "10.0.0.0/8" } }] }, "metricsFrom[0]", /selects pods too/],
  [
    { metricsFrom: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] },
    "metricsFrom[0].ipBlock.except[0]",
    /not a part of 10\.0\.0\.0\/8/,
  ],
  [route([{ ipBlock: { cidr: "0.0.0.0/00" } }]), "route.from[0].ipBlock", /is not a block/],
  [
    { metricsFrom: [{ podSelector: { matchExpressions: [{ key: "app", operator: "In", values: [] }] } }] },
    "metricsFrom[0].podSelector.matchExpressions[0].values",
    /is empty, but In compares with it/,
  ],
  [
    route([{ namespaceSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] } }]),
    "route.from[0].namespaceSelector.matchExpressions[0].values",
    /is not for Exists/,
  ],
  [route([{ ipBlock: { cidr: "0.0.0.0/0" } }]), "route.from[0]", /names every address/],
  [
    { metricsFrom: [{ namespaceSelector: { matchLabels: {} } }] },
    "metricsFrom[0]",
    /every pod of the cluster/,
  ],
  [
    { monitoring: { serviceMonitors: true, alerts: false } },
    "metricsFrom",
    /would find closed ports \(found \[\]\)/,
  ],
  [
    { monitoring: { serviceMonitors: false, alerts: true } },
    "metricsFrom",
    /monitoring\.alerts would report every part as down/,
  ],
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
  [{ namespace: { name: "My Namespace" } }, "namespace.name", /is not the name of a namespace/],
  [{ namespace: { labels: { "a b": "c" } } }, "namespace.labels", /is not the name of a label/],
  [{ namespace: { labels: { team: "a b" } } }, 'namespace.labels["team"]', /is not the value of a label/],
  [
    { namespace: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } },
    'namespace.labels["pod-security.kubernetes.io/enforce"]',
    /is set by the gateway, to "restricted" \(found "baseline"\)\. Leave it out\.$/,
  ],
  [
    { namespace: { labels: { "kubernetes.io/metadata.name": "login" } } },
    'namespace.labels["kubernetes.io/metadata.name"]',
    /is set by the API server, to the name of the namespace/,
  ],
  [
    { namespace: { annotations: { "a b": "c" } } },
    "namespace.annotations",
    /is not the name of an annotation/,
  ],
  [
    { namespace: { create: false, labels: { team: "a" } } },
    "namespace.labels",
    /a namespace that the gateway does not make \(found \{"team":"a"\}\)\. Leave it out, and set them/,
  ],
  [
    { namespace: { create: false, annotations: { "a b": "c" } } },
    "namespace.annotations",
    /a namespace that the gateway does not make/,
  ],
  [route([{ podSelector: { matchLabels: {} } }]), "route.from[0]", /names every pod of the gateway's/],
  [
    {
      tls: { secretName: "t" },
      route: { kind: "gatewayApi", parentRef: { namespace: "g", name: "p" }, from: [peer] },
    },
    "tls",
    /an HTTPRoute uses its Gateway's/,
  ],
  [{ route: { kind: "ingress", className: "Traefik", from: [peer] } }, "route.className", /an IngressClass/],
  [
    {
      tls: "external",
      route: {
        kind: "gatewayApi",
        parentRef: { namespace: "g", name: "p", sectionName: "HTTPS" },
        from: [peer],
      },
    },
    "route.parentRef.sectionName",
    /name of a listener/,
  ],
  [{ egress: { dns: [] } }, "egress.dns", /names nobody/],
  [{ egress: { dns: [{ to: [peer], ports: [] }] } }, "egress.dns[0].ports", /names no port/],
  [{ images: { override: { kratos: "kratos" } } }, "images.override.kratos", /has no tag/],
  [{ images: { registry: "" } }, "images.registry", /found ""\)\. .*"registry\.example\.com\/mirror"/],
  [{ images: { registry: "https://m.example.com" } }, "images.registry", /scheme .* "m\.example\.com"/],
  [
    { images: { registry: "m.example.com:5000/a/" } },
    "images.registry",
    /slash .* "m\.example\.com:5000\/a"/,
  ],
  [{ images: { registry: "mirror" } }, "images.registry", /cannot be the beginning of an image reference/],
  [
    { images: { registry: "m.example.com/Mirror" } },
    "images.registry",
    /the beginning of an image reference/,
  ],
  [{ images: { registry: "u:hunter2@m.example.com" } }, "images.registry", /found text with an @/],
  [{ images: { override: { loginUi: "ui:1" } } }, "images.override.loginUi", /does not run/],
  [
    { skipLoginPage: true, loginUi: { kind: "oryReference" } },
    "skipLoginPage",
    /is supported only by this library's login UI/,
  ],
  [{ loginUi: { image: "registry.example.com/login" } }, "loginUi.image", /has no tag/],
  [{ images: { pullSecrets: ["Registry"] } }, "images.pullSecrets[0]", /is not the name of a Secret/],
  [
    { unprotectedHosts: [{ host: "a.example.net", namespace: "a" }] },
    "unprotectedHosts[0].host",
    /is outside/,
  ],
  [
    { serviceAccountIssuer: "https://id.example.com/.well-known/openid-configuration" },
    "serviceAccountIssuer",
    /is the URL of the issuer's discovery document.* Write what is before it: "https:\/\/id\.example\.com"/,
  ],
  [{ serviceAccountIssuer: "a b" }, "serviceAccountIssuer", /is empty or has spaces/],
];

/** The same in a service. */
export const ofService: readonly (readonly [object, string, RegExp])[] = [
  [{ upstream: { ...vmagent, port: 0 } }, "upstream.port", /is not a port/],
  [{ access: { groups: ["sre"] } }, "access.groups[0]", /is not a group of the gateway/],
  [{ access: { groups: ["SRE team"] } }, "access.groups[0]", /is not a name of a group/],
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
  [
    { hosts: Array.from({ length: 286 }, (_, index) => `h${index}.apps.example.com`) },
    "hosts",
    /are more than the 2000 pairs of host and method/,
  ],
  [{ hosts: ["a.example.net"] }, "hosts[0]", /is outside the domain apps\.example\.com/],
  [{ methods: [] }, "methods", /names no method/],
  [{ portal: { title: "" } }, "portal.title", /is empty/],
  [{ portal: { description: "a\nb" } }, "portal.description", /has a line break/],
  [{ portal: { icon: "prometheus" } }, "portal.icon", /has 10 characters, more than 8/],
  [{ annotations: { "a b": "c" } }, "annotations", /is not the name of an annotation/],
  [{ route: "none", annotations: { a: "b" } }, "annotations", /has no route to change: route is none/],
  [{ route: "none", patches: { route: {} } }, "patches.route", /has no route to change: route is none/],
  ...["route", "rule", "networkPolicy"].flatMap((object) =>
    ["name", "namespace", "generateName"].map(
      (field) =>
        [
          { patches: { [object]: { metadata: { [field]: "other" } } } },
          `patches.${object}.metadata.${field}`,
          /would make another object/,
        ] as const,
    ),
  ),
  ...["route", "rule", "networkPolicy"].flatMap((object) =>
    [null, "text", []].map(
      (spec) =>
        [{ patches: { [object]: { spec } } }, `patches.${object}.spec`, /only fields of spec/] as const,
    ),
  ),
  [{ patches: { rule: { spec: { match: null } } } }, "patches.rule.spec.match", /is not an object/],
  [{ patches: { rule: { spec: { match: { url: null } } } } }, "patches.rule.spec.match.url", /is not text/],
  [
    { patches: { rule: { spec: { match: { methods: null } } } } },
    "patches.rule.spec.match.methods",
    /is not a list of methods/,
  ],
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
