import assert from "node:assert/strict";
import { databaseTls } from "../../../policy/policies/databaseTls";
import { judge } from "./harness";

const violationsOf = (text: string) =>
  judge(databaseTls, [{ type: "kubernetes:core/v1:Secret", name: "secret", props: { stringData: { text } } }])
    .violations;

describe("database-tls on the forms of a connection", () => {
  for (const text of [
    "host=db.example.com user=u password=hunter2 sslmode=disable",
    "sslmode = prefer host = 'db.example.com'",
    "host=database hostaddr=192.0.2.1 dbname=kratos",
    "dsn: host=db.example.com dbname=kratos",
    "u:hunter2@tcp(db.example.com:3306)/k",
    "mysql://u:hunter2@tcp(db.example.com:3306)/k?tls=skip-verify",
    "u:hunter2@tcp([2001:db8::1]:3306)/k?tls=preferred",
    "postgres://u:hunter2@/k?host=db.example.com&sslmode=disable",
    "postgres://u:hunter2@database/k?host=db.example.com",
    "postgres://u:hunter2@db.example.com/k?hostaddr=192.0.2.1",
    "jdbc:postgresql://db.example.com/kc",
    "jdbc:postgresql://db.example.com/kc?ssl=false",
    "jdbc:postgresql://db.example.com/kc?ssl=true&sslmode=disable",
    "mysql://u:hunter2@db.example.com/k?ssl=true",
  ])
    it(`refuses it without TLS, and shows no password: ${text}`, () => {
      const [violation, ...more] = violationsOf(text);
      assert.match(violation ?? "", /stringData\["text"\]: goes unencrypted/);
      assert.doesNotMatch(violation ?? "", /hunter2/);
      assert.deepEqual(more, []);
    });

  for (const text of [
    "host=db.example.com user=u sslmode=verify-full",
    "host=database user=u sslmode=disable",
    "host=/var/run/postgresql dbname=kratos sslmode=disable",
    "u:p@tcp(db.example.com:3306)/k?parseTime=true&tls=true",
    "u:p@tcp(database:3306)/k",
    "postgres://u:p@/k?host=database&sslmode=disable",
    "postgres://u:p@/k?host=/cloudsql/project:region:instance&sslmode=disable",
    "postgres://u:p@/k?host=db.example.com&sslmode=require",
    "jdbc:postgresql://db.example.com/kc?ssl=true",
  ])
    it(`accepts it with TLS, or inside: ${text}`, () => {
      assert.deepEqual(violationsOf(text), []);
    });

  for (const text of [
    "host=db.example.com port=8080",
    "log_format all 'host=$host user=$remote_user dbname=$arg_name';",
    "mysql --host=db.example.com --user=u",
    "host=web.example.com\ndbname=kratos\n",
  ])
    it(`accepts what is no connection: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(violationsOf(text), []);
    });
});
