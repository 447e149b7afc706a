import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import { generated, run, type Recorded } from "../mocks";
import { createRotatingSecret } from "../../../components/shared/secrets";
import { gateway, service, staff } from "./programs";
import {
  publishedKeysFile,
  signingKeyFile,
  signingKeys,
  type KeySet,
} from "../../../documents/oathkeeper/signedIdentity";

const given = ["client-secret-text", "database-password-text", "smtp-password-text"] as const;
const [clientSecret, password, smtpPassword] = given;

/** Plain texts, as a hasty user writes them. */
function programWithSecrets(): void {
  service(
    {},
    {
      loginProviders: [staff({ clientSecret })],
      database: {
        kind: "external",
        host: "db.example.com",
        port: 5432,
        database: "kratos",
        user: "kratos",
        password,
        sslMode: "verify-full",
      },
      smtp: { uri: `smtps://login:${smtpPassword}@mail.example.com:465`, from: "login@example.com" },
    },
  );
}

const isSecret = (id: string) => id.startsWith("kubernetes:core/v1:Secret ");
const isComponent = (id: string) => id.startsWith("portcullis:");

/** The resources that contain a text, as `type name`. */
function holders(made: Recorded, text: string, view: "inputs" | "visible"): string[] {
  return made.all
    .filter((resource) => JSON.stringify(resource[view]).includes(text))
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}

function kids(text = ""): string[] {
  return (JSON.parse(text) as KeySet).keys.map(({ kid }) => kid);
}

describe("secrets", () => {
  it("are refused with an invalid version, which would leave them empty", () => {
    for (const version of [0, 1.5, Number.NaN, Number("none")]) {
      assert.throws(
        () => createRotatingSecret("access-signing", version, {}),
        /access-signing has no version/,
      );
    }
  });

  it("that the user gives are only in the identity server's Secret, the database's password also in the clean-up's", async () => {
    const { made } = await run(programWithSecrets);
    for (const text of given) {
      const objects = holders(made, text, "inputs").filter((id) => !isComponent(id));
      const ofCleanup = text === password ? ["kubernetes:core/v1:Secret access-identity-cleanup"] : [];
      assert.deepEqual(objects, ["kubernetes:core/v1:Secret access-identity", ...ofCleanup], text);
    }
  });

  it("that the user gives are marked as secrets in the state, components' inputs included", async () => {
    const { made } = await run(programWithSecrets);
    for (const text of given) assert.deepEqual(holders(made, text, "visible"), [], text);
    assert.ok(holders(made, password, "inputs").some(isComponent), "a component does take the password");
  });

  it("of a login provider that the program describes itself are marked as secrets too", async () => {
    const { made } = await run(() => {
      const { spec } = staff();
      gateway({ loginProviders: [{ spec, clientId: "portcullis", clientSecret: output(clientSecret) }] });
    });
    assert.ok(holders(made, clientSecret, "inputs").some(isComponent), "a component does take it");
    assert.deepEqual(holders(made, clientSecret, "visible"), []);
  });

  it("that are generated are only in Secrets, and marked as secrets", async () => {
    const { made } = await run(() => gateway());
    const names = made
      .ofType(":RandomPassword")
      .flatMap(({ name }) => (name.startsWith("access-proxy-signing-") ? [] : [name]));
    assert.equal(names.length, 12);
    for (const name of names) {
      const where = holders(made, generated(name), "inputs").filter((id) => !isComponent(id));
      assert.ok(where.length > 0 && where.every(isSecret), `${name} is in ${where.join(", ")}`);
      assert.deepEqual(holders(made, generated(name), "visible"), []);
    }
  });

  it("sign identities with a key in one marked Secret, whose public part is in a ConfigMap", async () => {
    const { made } = await run(() => gateway());
    const [current, next] = [1, 2].map((version) => generated(`access-proxy-signing-${String(version)}`));
    assert.ok(current !== undefined && next !== undefined);
    const { published, signing } = signingKeys({ current, next, former: [] });
    const [key] = signing.keys;
    assert.ok(key?.d);
    const objects = (text: string) => holders(made, text, "inputs").filter((id) => !isComponent(id));
    assert.deepEqual(objects(key.d), ["kubernetes:core/v1:Secret access-proxy-signing"]);
    assert.deepEqual(holders(made, key.d, "visible"), []);
    assert.equal(published.keys.length, 2, "the next one too");
    for (const publicKey of published.keys)
      assert.deepEqual(holders(made, publicKey.x, "visible"), ["kubernetes:core/v1:ConfigMap access-proxy"]);
  });

  it("sign identities at the next version with the key that is already published", async () => {
    const keys = async (secretsVersion: number) => {
      const { made } = await run(() => gateway({ secretsVersion }));
      const data = made.one(":ConfigMap", "access-proxy").inputs["data"] as Record<string, string>;
      const secret = made.one(":Secret", "access-proxy-signing").inputs["stringData"] as Record<
        string,
        string
      >;
      return { published: kids(data[publishedKeysFile]), signing: kids(secret[signingKeyFile]) };
    };
    const [before, after] = [await keys(1), await keys(2)];
    assert.equal(after.signing.length, 1);
    assert.notDeepEqual(after.signing, before.signing);
    for (const kid of [...before.signing, ...after.signing])
      assert.ok(before.published.includes(kid) && after.published.includes(kid), kid);
  });

  it("rotate with the two former ones kept and the next one known, so that two rotations sign nobody out", async () => {
    const { made } = await run(() => gateway({ secretsVersion: 4 }));
    const { stringData } = made.one(":Secret", "access-identity").inputs;
    const lists = stringData as Record<string, string>;
    const versions = (purpose: string) =>
      [4, 5, 3, 2].map((version) => generated(`access-identity-${purpose}-${String(version)}`));
    assert.deepEqual(lists["SECRETS_CIPHER"]?.split(","), versions("cipher"));
    assert.deepEqual(lists["SECRETS_DEFAULT"]?.split(","), versions("default"));
    const cookies = lists["SECRETS_COOKIE"]?.split(",") ?? [];
    assert.deepEqual(
      cookies.filter((_, index) => index % 2 === 0),
      versions("cookie"),
    );
  });
});
