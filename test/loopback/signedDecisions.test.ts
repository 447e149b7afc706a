import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { tokenLifeLeft } from "../../documents/oathkeeper/signedIdentity";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;

describe("a remembered decision with a signed identity", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });
  after(() => {
    pod.kratos.state = "well";
  });

  it("is used no longer than the token in it is valid", async () => {
    await pod.follow(writtenRules("app", { identity: "signedJwt" }, upstream));
    const decidedAt = performance.now();
    assert.equal((await ask()).status, 200);
    pod.kratos.state = "gone";
    let lastUsed = decidedAt;
    await eventually(
      async () => {
        const at = performance.now();
        const { status } = await ask();
        if (status === 200) lastUsed = at;
        assert.equal(status, 503);
      },
      { seconds: 2 * tokenLifeLeft },
    );
    const used = (lastUsed - decidedAt) / 1000;
    assert.ok(used > 10 && used < tokenLifeLeft, `${used} s`);
  });

  const ask = () => pod.ask("/", { host: "app.apps.example.com", headers: as("alice") });
});
