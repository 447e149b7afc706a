import assert from "node:assert/strict";
import { databaseTls } from "../../../policy/policies/databaseTls";
import { noDevMode } from "../../../policy/policies/noDevMode";
import { noPlainSecrets } from "../../../policy/policies/noPlainSecrets";
import { secureCookies } from "../../../policy/policies/secureCookies";
import { changeOf, describePolicy } from "./cases";
import { gateway } from "../components/programs";
import type { Fields } from "../mocks";
import { externalDatabase, protectedStack, recording, withExternalDatabase } from "./programs";
import { change, judge, type Resource } from "./harness";

const container = "spec.template.spec.containers[0]";
const proxy = { stack: protectedStack, subject: "Deployment access-proxy" };
const identityFiles = { stack: protectedStack, subject: "ConfigMap access-identity" };
const identitySecret = { stack: protectedStack, subject: "Secret access-identity" };
const devFile = "selfservice: {}\ndev: true\n";
const insecureFile = "selfservice: {}\ncookies: { secure: false }\n";
const kratos = (settings: object) => JSON.stringify({ selfservice: {}, ...settings });

describePolicy(noPlainSecrets, {
  ...proxy,
  broken: [
    [
      `${container}.env[0]`,
      { name: "CLIENT_SECRET", value: "hunter2" },
      /env\[0\]\.value: looks like a secret \(found the value of a secret in CLIENT_SECRET\)/,
    ],
    [`${container}.env[0]`, { name: "bearerToken", value: "hunter2" }, /in bearerToken\)/],
    [`${container}.env[0]`, { name: "AWS_SECRET_ACCESS_KEY", value: "hunter2" }, /ACCESS_KEY/],
    [
      `${container}.env[0]`,
      { name: "DATABASE", value: "postgres://a:hunter2@db/a" },
      /a URL with a password/,
    ],
    [
      `${container}.env[0]`,
      { name: "KEY", value: "-----BEGIN EC PRIVATE KEY-----\nhunter2" },
      /a private key/,
    ],
    [`${container}.args`, ["--token=hunter2"], /args\[0\]: looks like a secret/],
    [`${container}.args`, ["--admin-password", "hunter2"], /args\[0\]/],
    [
      `${container}.command`,
      ["sh", "-c", "curl https://a:hunter2@example.com"],
      /command\[2\]: .*a URL with a password/,
    ],
  ],
  fine: [
    [`${container}.env[0]`, { name: "CLIENT_SECRET", value: "$(FROM_ELSEWHERE)" }],
    [`${container}.env[0]`, { name: "TOKEN", value: "" }],
    [`${container}.env[0]`, { name: "USE_TOKEN", value: "true" }],
    [`${container}.env[0]`, { name: "PASSWORD_MIN_LENGTH", value: "12" }],
    [`${container}.env[0]`, { name: "CLIENT_SECRET", value: "/run/secrets/client" }],
    [`${container}.env[0]`, { name: "UPSTREAM", value: "https://example.com:8443/@me" }],
    [`${container}.args`, ["--token", "--verbose"]],
  ],
  unknown: [`${container}.env[0].value`, `${container}.args[0]`],
});

describePolicy(noPlainSecrets, {
  ...identityFiles,
  broken: [
    ["data", { password: "hunter2" }, /data\["password"\]: looks like a secret/],
    [
      "data",
      { "app.json": '{"oauth":{"clients":[{"client_secret":"hunter2"}]}}' },
      /a setting that is a secret/,
    ],
    ["data", { "app.yaml": "admin:\n  password: hunter2\n" }, /a setting that is a secret/],
    ["data", { "kratos.yaml": "secrets:\n  cookie: [hunter2]\n" }, /a setting that is a secret/],
    ["data", { "kratos.yaml": "secrets:\n  cipher: [hunter2]\n" }, /a setting that is a secret/],
    ["data", { "hydra.json": '{"secrets":{"system":"hunter2"}}' }, /a setting that is a secret/],
    ["data", { SECRETS_COOKIE: "hunter2" }, /data\["SECRETS_COOKIE"\]: looks like a secret/],
    ["data", { "app.ini": "[db]\npassword = hunter2\n" }, /a setting that is a secret/],
    ["data", { "app.env": "export API_KEY='hunter2'\n" }, /a setting that is a secret/],
    ["data", { "any.txt": `id: GOCSPX-${"a".repeat(28)}` }, /a Google client secret/],
  ],
  fine: [
    ["data", { "app.json": '{"password":{"enabled":true},"token_url":"https://id.example.com"}' }],
    ["data", { "app.conf": "set $token $http_authorization;\nproxy_pass = shop;\n" }],
    ["data", { "app.yaml": "secrets:\n  - name: shop\n    secretName: shop\n" }],
    ["data", { "app.yaml": "secrets: { provider: vault }\ncookie: session\ndefault: shop\n" }],
    ["data", { "pod.yaml": "secretKeyRef:\n  name: shop\n  key: cookie\n" }],
    ["data", { "page.html": "Password: enter yours\n" }],
  ],
  unknown: ["data.whole"],
});

describe("no-plain-secrets", () => {
  const withVariable = async (name: string, value: string) =>
    changeOf(await protectedStack(), proxy.subject, `${container}.env[0]`, { name, value });

  it("never shows a secret", async () => {
    const { violations } = judge(noPlainSecrets, await withVariable("DSN", "postgres://a:hunter2@db/a"));
    assert.equal(violations.length, 1);
    assert.doesNotMatch(violations.join(), /hunter2/);
  });

  for (const name of [
    ...["DB_PASSWORD", "MYSQL_PASSWD", "keyPassphrase", "CLIENT_SECRET", "bearerToken", "GOOGLE_CREDENTIALS"],
    ...["DATABASE_DSN", "API_KEY", "privateKey", "AWS_SECRET_KEY", "S3_ACCESS_KEY", "signing-key"],
    ...["ENCRYPTION_KEY", "SECRETS_COOKIE", "SECRETS_CIPHER", "SECRETS_DEFAULT", "PGPASSWORD", "MYSQL_PWD"],
    ...["DB_PASS", "smtpPass", "APIKEY", "clientsecret"],
  ])
    it(`recognises a secret by the name of its variable: ${name}`, async () => {
      const { violations } = judge(noPlainSecrets, await withVariable(name, "hunter2"));
      assert.equal(violations.length, 1);
    });

  for (const name of [
    ...[
      "TOKEN_URL",
      "PUBLIC_KEY",
      "PASSWORD_FILE",
      "KEYBOARD",
      "PASSTHROUGH",
      "passthrough",
      "bypass",
      "BY_PASS",
    ],
    ...[
      "PWD",
      "OLDPWD",
      "PROXY_PASS",
      "secretName",
      "secretKeyRef",
      "SECRETS_PROVIDER",
      "COMPASS",
      "RECORDS_N",
    ],
  ])
    it(`accepts a name that only contains such a word: ${name}`, async () => {
      assert.deepEqual(judge(noPlainSecrets, await withVariable(name, "hunter2")), { violations: [] });
    });

  for (const value of ["true", "no", "3"])
    it(`accepts a switch or a count under the name of a secret: ${value}`, async () => {
      for (const name of ["FIRST_PASS", "SECRETS_DEFAULT", "TOKENS"])
        assert.deepEqual(judge(noPlainSecrets, await withVariable(name, value)), { violations: [] });
    });

  it("accepts the names of its option, which only look like a secret's", async () => {
    const named = await withVariable("CSRF_TOKEN", "x-csrf");
    const options = { allowedNames: ["CSRF_*"] };
    assert.equal(judge(noPlainSecrets, named).violations.length, 1);
    assert.deepEqual(judge(noPlainSecrets, named, { options }), { violations: [] });
  });

  it("finds the gateway's own secrets in a ConfigMap", async () => {
    const stack = await withExternalDatabase();
    const secret = stack.find(({ type, name }) => type.endsWith(":Secret") && name === "access-identity");
    const { DSN } = secret?.props["stringData"] as { readonly DSN: string };
    const open = changeOf(stack, identityFiles.subject, "data.DSN", DSN);
    assert.match(judge(noPlainSecrets, open).violations.join(), /data\["DSN"\]: looks like a secret/);
  });
});

describePolicy(noDevMode, {
  ...proxy,
  broken: [
    [`${container}.args`, ["serve", "--dev"], /args: is a development mode \(found "--dev"\)/],
    [`${container}.command`, ["kratos", "serve", "--dev=true"], /development mode/],
    [
      `${container}.command`,
      ["sh", "-c", "kratos serve all --dev -c /etc/kratos.yaml"],
      /command: is a development mode \(found "--dev"\)/,
    ],
    [`${container}.args`, ["-c", "exec kratos serve --dev; exit"], /args: is a development mode/],
  ],
  fine: [
    [`${container}.args`, ["--device", "--dev=false"]],
    [`${container}.args`, ["-c", "npm ci --no-dev && kratos serve --dev=false"]],
  ],
  unknown: [`${container}.args`],
});

describePolicy(noDevMode, {
  ...identityFiles,
  broken: [["data", { "kratos.yaml": "selfservice: {}\ndev: true\n" }, /data\["kratos\.yaml"\]\.dev/]],
  fine: [["data", { "vite.json": '{"dev":true}' }]],
});

describePolicy(noDevMode, {
  ...identitySecret,
  broken: [
    ["stringData", { "kratos.yaml": devFile }, /stringData\["kratos\.yaml"\]\.dev: is a development mode/],
    ["data", { "kratos.yaml": Buffer.from(devFile).toString("base64") }, /data\["kratos\.yaml"\]\.dev/],
    [
      "stringData",
      { "hydra.yaml": "dev: true\nurls: { self: { issuer: https://id.example.com } }\n" },
      /\["hydra\.yaml"\]\.dev/,
    ],
  ],
  fine: [["stringData", { "kratos.yaml": "selfservice: {}\ndev: false\n", "vite.json": '{"dev":true}' }]],
  unknown: ["stringData.whole"],
});

describe("no-dev-mode on the variable DEV", () => {
  const problems = async (changes: object, value = "true") => {
    const changed = { name: "server", image: "shop:1", env: [{ name: "DEV", value }], ...changes };
    return judge(noDevMode, changeOf(await protectedStack(), proxy.subject, container, changed)).violations;
  };

  for (const server of [
    { image: "oryd/kratos:v26.2.0" },
    { image: "registry.example.com:5000/mirror/ory-hydra@sha256:abc" },
    { command: ["/usr/bin/kratos", "serve"] },
    { command: ["sh", "-c"], args: ["exec kratos serve"] },
  ])
    it(`refuses it for a server that has this mode: ${JSON.stringify(server)}`, async () => {
      const [violation, ...more] = await problems(server);
      assert.match(violation ?? "", /containers\[0\]\.env\[0\]: is a development mode \(found "true"\)/);
      assert.deepEqual(more, []);
      assert.equal((await problems(server, "1")).length, 1);
      assert.deepEqual(await problems(server, "false"), []);
    });

  for (const other of [
    {},
    { image: "kratos.example.com/shop:1" },
    { image: "hydration:1" },
    { args: ["--identity=http://kratos", "-c", "/etc/kratos.yaml"] },
  ])
    it(`accepts it for another program: ${JSON.stringify(other)}`, async () => {
      assert.deepEqual(await problems(other), []);
    });
});

describePolicy(secureCookies, {
  ...identityFiles,
  broken: [
    [
      "data",
      { "kratos.json": kratos({ cookies: { secure: false } }) },
      /\.cookies\.secure: lets cookies go over plain http \(found false\)/,
    ],
    [
      "data",
      { "kratos.json": kratos({ session: { cookie: { secure: "false" } } }) },
      /\.session\.cookie\.secure/,
    ],
    ["data", { COOKIES_SECURE: "false" }, /data\["COOKIES_SECURE"\]/],
  ],
  fine: [
    ["data", { "kratos.json": kratos({ cookies: { secure: true } }) }],
    ["data", { "other.json": '{"cookies":{"secure":false}}' }],
  ],
});

describePolicy(secureCookies, {
  ...identitySecret,
  broken: [
    ["stringData", { "kratos.yaml": insecureFile }, /stringData\["kratos\.yaml"\]\.cookies\.secure: lets/],
    [
      "data",
      { "kratos.yaml": Buffer.from(insecureFile).toString("base64") },
      /data\["kratos\.yaml"\]\.cookies/,
    ],
    ["stringData", { COOKIES_SECURE: "false" }, /stringData\["COOKIES_SECURE"\]/],
  ],
  fine: [["stringData", { "kratos.json": kratos({ cookies: { secure: true } }) }]],
  unknown: ["stringData.whole"],
});

describePolicy(secureCookies, {
  ...proxy,
  broken: [
    [`${container}.env[0]`, { name: "DANGEROUSLY_DISABLE_SECURE_CSRF_COOKIES", value: "true" }, /env\[0\]/],
    [`${container}.env[0]`, { name: "SESSION_COOKIE_SECURE", value: "false" }, /env\[0\]/],
  ],
  fine: [[`${container}.env[0]`, { name: "SESSION_COOKIE_SECURE", value: "true" }]],
  unknown: [`${container}.env[0].value`],
});

const databaseSecret = { stack: withExternalDatabase, subject: "Secret access-identity" };
const url = (host: string, mode: string) => `postgres://shop:hunter2@${host}:5432/shop${mode}`;

describePolicy(databaseTls, {
  ...databaseSecret,
  broken: [
    [
      "stringData.DSN",
      url("db.example.com", "?sslmode=disable"),
      /stringData\["DSN"\]: goes unencrypted to a database outside/,
    ],
    ["stringData.DSN", url("10.0.0.5", "?max_conns=4&sslmode=prefer"), /a connection without TLS/],
    ["stringData.DSN", url("db.example.com", ""), /sslmode=verify-full/],
    ["stringData.DSN", "mysql://shop:hunter2@tcp(db.example.com:3306)/shop?tls=skip-verify", /without TLS/],
    ["data", { dsn: Buffer.from(url("db.example.com", "")).toString("base64") }, /data\["dsn"\]/],
  ],
  fine: [
    ["stringData.DSN", url("db.example.com", "?sslmode=require")],
    ["stringData.DSN", "mysql://shop:hunter2@tcp(db.example.com:3306)/shop?tls=true"],
    ["stringData.DSN", url("database", "?sslmode=disable")],
    ["stringData.DSN", url("database.shops.svc.cluster.local", "?sslmode=disable")],
    ["stringData.DSN", url("127.0.0.1", "?sslmode=disable")],
    ["stringData.DSN", url("[::1]", "?sslmode=disable")],
  ],
  unknown: ["stringData.DSN"],
});

describePolicy(databaseTls, {
  stack: withExternalDatabase,
  subject: "Postgres access-postgres",
  broken: [
    ["database.sslMode", "disable", /database\.sslMode: goes unencrypted.*found "disable"/],
    ["database.sslMode", undefined, /found nothing/],
  ],
  fine: [
    ["database", { kind: "inCluster" }],
    ["database.sslMode", "verify-ca"],
  ],
});

describePolicy(databaseTls, {
  ...proxy,
  broken: [
    [`${container}.env[0].value`, "postgresql://db.example.com/shop", /env\[0\]\.value/],
    [`${container}.args`, ["--dsn=postgres://db.example.com/shop"], /args\[0\]/],
  ],
});

describe("database-tls", () => {
  const plain = recording(() => gateway({ database: { ...externalDatabase, sslMode: "disable" } }));

  it("finds what the gateway writes with such a setting, without showing it", async () => {
    const { violations } = judge(databaseTls, await plain());
    assert.equal(violations.length, 2, violations.join("\n"));
    assert.match(
      violations.join(),
      /access-postgres: database\.sslMode.*access-identity: stringData\["DSN"\]/s,
    );
    assert.doesNotMatch(violations.join(), /hunter2/);
  });

  it("trusts hosts behind a tunnel", async () => {
    const options = { trustedHosts: ["*.example.com"] };
    assert.deepEqual(judge(databaseTls, await plain(), { options }), { violations: [] });
  });
});

/** Kratos' configuration, with one setting changed. */
async function withSetting(path: string, value: unknown): Promise<readonly Resource[]> {
  const stack = await protectedStack();
  const files = stack.find(({ type, name }) => type.endsWith(":ConfigMap") && name === "access-identity");
  const { "kratos.json": text = "" } = files?.props["data"] as Readonly<Record<string, string>>;
  const { props } = change({ type: "", name: "", props: JSON.parse(text) as object as Fields }, path, value);
  return changeOf(stack, identityFiles.subject, "data", { "kratos.json": JSON.stringify(props) });
}

describe("the configuration of Kratos", () => {
  for (const path of ["cookies.secure", "session.cookie.secure"])
    it(`keeps its cookies Secure: ${path}`, async () => {
      const { violations } = judge(secureCookies, await withSetting(path, false));
      assert.equal(violations.length, 1);
      assert.ok(violations[0]?.includes(`data["kratos.json"].${path}: lets cookies go over plain http`));
      assert.deepEqual(judge(secureCookies, await withSetting(path, true)), { violations: [] });
    });

  it("may not have the development mode", async () => {
    const { violations } = judge(noDevMode, await withSetting("dev", true));
    assert.match(violations.join(), /data\["kratos\.json"\]\.dev: is a development mode/);
  });

  it("has the argument --dev in a gateway with that setting", async () => {
    const { violations } = judge(noDevMode, await recording(() => gateway({ insecureDevMode: true }))());
    assert.equal(violations.length, 1);
    assert.match(
      violations[0] ?? "",
      /^access-identity: spec\.template\.spec\.containers\[0\]\.args.*"--dev"/,
    );
  });
});
