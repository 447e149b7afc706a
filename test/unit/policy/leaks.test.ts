import assert from "node:assert/strict";
import { databaseTls } from "../../../policy/policies/databaseTls";
import { noDevMode } from "../../../policy/policies/noDevMode";
import { noPlainSecrets } from "../../../policy/policies/noPlainSecrets";
import { secureCookies } from "../../../policy/policies/secureCookies";
import { describePolicy } from "./cases";
import { configMap, database, deployment, secret } from "./fixtures";
import { change, judge } from "./harness";

const container = "spec.template.spec.containers[0]";
const kratos = (settings: object) => JSON.stringify({ selfservice: {}, ...settings });

describePolicy(noPlainSecrets, {
  subject: deployment,
  broken: [
    [
      `${container}.env[0]`,
      { name: "CLIENT_SECRET", value: "hunter2" },
      /env\[0\] \(CLIENT_SECRET\): looks like a secret \(found the value of a secret\)/,
    ],
    [`${container}.env[0]`, { name: "bearerToken", value: "hunter2" }, /\(bearerToken\)/],
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
  subject: configMap,
  broken: [
    ["data", { password: "hunter2" }, /data\["password"\]: looks like a secret/],
    [
      "data",
      { "app.json": '{"oauth":{"clients":[{"client_secret":"hunter2"}]}}' },
      /a setting that is a secret/,
    ],
    ["data", { "app.yaml": "admin:\n  password: hunter2\n" }, /a setting that is a secret/],
    ["data", { "app.ini": "[db]\npassword = hunter2\n" }, /a setting that is a secret/],
    ["data", { "app.env": "export API_KEY='hunter2'\n" }, /a setting that is a secret/],
    ["data", { "any.txt": `id: GOCSPX-${"a".repeat(28)}` }, /a Google client secret/],
  ],
  fine: [
    ["data", { "app.json": '{"password":{"enabled":true},"token_url":"https://id.example.com"}' }],
    ["data", { "app.conf": "set $token $http_authorization;\n" }],
    ["data", { "page.html": "Password: enter yours\n" }],
  ],
  unknown: ["data.whole"],
});

describe("no-plain-secrets", () => {
  it("never shows a secret", () => {
    const open = change(deployment, `${container}.env[0]`, {
      name: "DSN",
      value: "postgres://a:hunter2@db/a",
    });
    const { violations } = judge(noPlainSecrets, [open]);
    assert.equal(violations.length, 1);
    assert.doesNotMatch(violations.join(), /hunter2/);
  });

  it("takes names that only look so", () => {
    const named = change(deployment, `${container}.env[0]`, { name: "CSRF_TOKEN", value: "x-csrf" });
    const options = { allowedNames: ["CSRF_*"] };
    assert.equal(judge(noPlainSecrets, [named]).violations.length, 1);
    assert.deepEqual(judge(noPlainSecrets, [named], { options }), { violations: [] });
  });
});

describePolicy(noDevMode, {
  subject: deployment,
  broken: [
    [`${container}.args`, ["serve", "--dev"], /args: is a development mode \(found "--dev"\)/],
    [`${container}.command`, ["kratos", "serve", "--dev=true"], /development mode/],
  ],
  fine: [[`${container}.args`, ["--device", "--dev=false"]]],
  unknown: [`${container}.args`],
});

describePolicy(noDevMode, {
  subject: configMap,
  broken: [["data", { "kratos.yaml": "selfservice: {}\ndev: true\n" }, /data\["kratos\.yaml"\]\.dev/]],
  fine: [["data", { "vite.json": '{"dev":true}' }]],
});

describePolicy(secureCookies, {
  subject: configMap,
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
  subject: deployment,
  broken: [
    [`${container}.env[0]`, { name: "DANGEROUSLY_DISABLE_SECURE_CSRF_COOKIES", value: "true" }, /env\[0\]/],
    [`${container}.env[0]`, { name: "SESSION_COOKIE_SECURE", value: "false" }, /env\[0\]/],
  ],
  fine: [[`${container}.env[0]`, { name: "SESSION_COOKIE_SECURE", value: "true" }]],
  unknown: [`${container}.env[0].value`],
});

const url = (host: string, mode: string) => `postgres://shop:hunter2@${host}:5432/shop${mode}`;

describePolicy(databaseTls, {
  subject: secret,
  broken: [
    [
      "stringData.dsn",
      url("db.example.com", "?sslmode=disable"),
      /stringData\["dsn"\]: goes unencrypted to a database outside/,
    ],
    ["stringData.dsn", url("10.0.0.5", "?max_conns=4&sslmode=prefer"), /a connection without TLS/],
    ["stringData.dsn", url("db.example.com", ""), /sslmode=verify-full/],
    ["stringData.dsn", "mysql://shop:hunter2@tcp(db.example.com:3306)/shop?tls=skip-verify", /without TLS/],
    ["data", { dsn: Buffer.from(url("db.example.com", "")).toString("base64") }, /data\["dsn"\]/],
  ],
  fine: [
    ["stringData.dsn", url("db.example.com", "?sslmode=require")],
    ["stringData.dsn", "mysql://shop:hunter2@tcp(db.example.com:3306)/shop?tls=true"],
    ["stringData.dsn", url("database", "?sslmode=disable")],
    ["stringData.dsn", url("database.shops.svc.cluster.local", "?sslmode=disable")],
    ["stringData.dsn", url("127.0.0.1", "?sslmode=disable")],
    ["stringData.dsn", url("[::1]", "?sslmode=disable")],
  ],
  unknown: ["stringData.dsn"],
});

describePolicy(databaseTls, {
  subject: database,
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
  subject: deployment,
  broken: [
    [`${container}.env[0].value`, "postgresql://db.example.com/shop", /env\[0\]\.value/],
    [`${container}.args`, ["--dsn=postgres://db.example.com/shop"], /args\[0\]/],
  ],
});

describe("database-tls", () => {
  it("never shows a connection, and trusts hosts behind a tunnel", () => {
    const open = change(secret, "stringData.dsn", url("db.example.com", "?sslmode=disable"));
    assert.doesNotMatch(judge(databaseTls, [open]).violations.join(), /hunter2/);
    const options = { trustedHosts: ["*.example.com"] };
    assert.deepEqual(judge(databaseTls, [open], { options }), { violations: [] });
  });
});
