import assert from "node:assert/strict";
import { RandomTexts } from "../../../../dev/plugins/random/texts";

const urn = (type: string) => `urn:pulumi:dev::portcullis::portcullis:index:AccessGateway$${type}::name`;
const password = urn("random:index/randomPassword:RandomPassword");
const inputs = { length: 24, special: false, upper: false, minNumeric: 20 };

describe("the stand-in for the random plugin", () => {
  const plugin = new RandomTexts("4.0.0");
  const made = async (wanted = inputs) =>
    (await plugin.create(password, wanted)).outs as { result: { value: string } };

  it("makes passwords as specified, each a new one, marked as secret", async () => {
    const { result } = await made();
    assert.deepEqual(Object.keys(result), ["4dabf18193072939515e22adb298388d", "value"]);
    assert.match(result.value, /^[a-z0-9]{24}$/);
    assert.ok(result.value.replace(/\D/g, "").length >= 20, "at least 20 digits");
    assert.notEqual((await made()).result.value, result.value);
  });

  it("makes strings whose id is their text, not marked as secret", async () => {
    const made = await plugin.create(urn("random:index/randomString:RandomString"), { length: 16 });
    assert.equal(made.id.length, 16);
    assert.deepEqual(made.outs, { length: 16, result: made.id });
  });

  it("keeps a value until an input changes, appears or disappears", async () => {
    const { result, ...rest } = { ...inputs, ...(await made()) };
    const changes = async (news: object) =>
      (await plugin.diff("none", password, { ...rest, result }, { ...news })).replaces;
    assert.deepEqual(await changes(inputs), []);
    assert.deepEqual(await changes({ ...inputs, length: 25 }), ["length"]);
    assert.deepEqual(await changes({ ...inputs, keepers: { version: 2 } }), ["keepers"]);
    assert.deepEqual(await changes({ length: 24, special: false, upper: false }), ["minNumeric"]);
  });

  it("refuses other types", async () => {
    await assert.rejects(plugin.create(urn("random:index/randomPet:RandomPet"), {}), /does not make/);
  });
});
