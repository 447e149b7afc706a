import assert from "node:assert/strict";
import { Config, secret } from "@pulumi/pulumi";
import { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OidcClient } from "../../../components";
import { checkout } from "../../../dev/checkout";
import { runProgram } from "../../../testing";

describe("a program under the package's mocks", () => {
  it("has its configuration, its result and everything that it makes, even late", async () => {
    const made = await runProgram(
      async () => {
        const name = new Config().require("name");
        await Promise.resolve();
        const { result } = new RandomPassword("password", { length: 20 });
        new Secret(name, { stringData: { password: result, token: secret("t") } });
        return name;
      },
      { project: "shop", config: { "shop:name": "dsn" } },
    );
    assert.equal(made.result, "dsn");
    assert.deepEqual(made.object("Secret", "dsn")["stringData"], {
      password: "generated for password",
      token: "t",
    });
  });

  it("passes providers' outputs to the resources that use them", async () => {
    const made = await runProgram(
      () => {
        const { uid } = new ConfigMap("first", {}).metadata;
        new ConfigMap("second", { data: { uid } });
      },
      { outputs: (_type, name) => (name === "first" ? { metadata: { uid: "7" } } : undefined) },
    );
    assert.deepEqual(made.object("ConfigMap", "second")["data"], { uid: "7" });
    assert.throws(() => made.object("ConfigMap", "third"), /no ConfigMap "third"; it makes first, second/);
  });

  it("rejects with the components' own reports, and leaves nothing for the next program", async () => {
    const client = { issuerUrl: "https://id.example.com", clientId: "portcullis", clientSecret: "s" };
    const mistaken = () => new OidcClient("staff", { ...client, admit: {} });
    await assert.rejects(runProgram(mistaken), /has 1 problem:\n {2}- args\.admit/);
    assert.deepEqual((await runProgram(() => undefined)).resources, []);
  });

  it("is documented by the test beside this one", () => {
    const page = readFileSync(join(checkout, "docs/library.md"), "utf8");
    const shown = /## Test your program[\s\S]*?```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const run = readFileSync(join(__dirname, "documented.test.ts"), "utf8");
    const imported = run
      .replace('"../../../components"', '"portcullis"')
      .replace('"../../../testing"', '"portcullis/testing"');
    assert.equal(shown, imported);
  });
});
