import assert from "node:assert/strict";
import Ajv from "ajv";
import { currentSchema } from "../../../dev/settingsSchema";
import { projectFile } from "./configuration";

const dev = projectFile("Pulumi.dev.yaml");

async function verdict(config: object): Promise<boolean> {
  const schema = JSON.parse(await currentSchema()) as object;
  return new Ajv({ strict: false }).compile(schema)({ config });
}

describe("Pulumi.schema.json", () => {
  it("is what `npm run settings:schema` writes", async () => {
    assert.equal(projectFile("Pulumi.schema.json").text, await currentSchema());
  });

  it("is what the stack files refer to for editors", () => {
    assert.match(dev.text, /^# yaml-language-server: \$schema=\.\/Pulumi\.schema\.json\n/);
  });

  it("accepts the dev stack, an encrypted secret, and other projects' keys", async () => {
    const { config } = dev.document as { config: object };
    const secret = { "portcullis:clientSecret.stub": { secure: "v1:abc" } };
    assert.ok(await verdict({ ...config, ...secret, "kubernetes:context": "dev" }));
  });

  it("accepts the stack of a team", async () => {
    const services = { "portcullis:services": { grafana: { upstream: { url: "http://grafana" } } } };
    const team = {
      "portcullis:kind": "services",
      "portcullis:gateway": { stack: "acme/platform/production" },
    };
    assert.ok(await verdict({ ...team, ...services }));
  });

  it("refuses an unknown setting, a wrong type and a secret in plain text", async () => {
    const { config } = dev.document as { config: object };
    for (const mistake of [
      { "portcullis:colour": "red" },
      { "portcullis:replicas": "two" },
      { "portcullis:clientSecret.stub": "in plain text" },
      { "portcullis:domain": undefined },
    ])
      assert.equal(
        await verdict(JSON.parse(JSON.stringify({ ...config, ...mistake })) as object),
        false,
        JSON.stringify(mistake),
      );
  });
});
