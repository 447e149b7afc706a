import assert from "node:assert/strict";
import type { PlannedResource } from "../../../cli/check/preview";
import { providerItems } from "../../../cli/check/providers";

const server = (former: object | undefined, inputs: object): PlannedResource => ({
  urn: "urn:pulumi:dev::p::portcullis:index:AccessGateway$portcullis:index:IdentityServer::portcullis-identity",
  type: "portcullis:index:IdentityServer",
  inputs: { ...inputs },
  ...(former && { former: { ...former } }),
  isRemoved: false,
});
const [ours, other] = ["https://id.example.com", "https://other.example.com"];

describe("check of changed login providers", () => {
  const warnings = (former: object | undefined, issuers: object) =>
    providerItems([server(former, { issuers })]).map(({ level, message }) => {
      assert.equal(level, "warning");
      return message;
    });

  it("warns of one that is renamed or removed, and says how to let its people in again", () => {
    const [warning, ...others] = warnings({ issuers: { old: ours } }, { staff: ours });
    assert.match(
      warning ?? "",
      /^The update removes the login provider old: .*sessions relink --from old --to ID/,
    );
    assert.deepEqual(others, []);
  });

  it("warns of another issuer or tenant under the same id, and names both", () => {
    const [warning] = warnings({ issuers: { staff: ours } }, { staff: other });
    assert.match(
      warning ?? "",
      new RegExp(`are of ${ours}, and will be of ${other}: .*forget --provider staff`),
    );
    assert.match(
      warnings({ issuers: { staff: "" } }, { staff: other })[0] ?? "",
      /of an issuer without a name/,
    );
  });

  it("allows one that stays, is added, is new, or comes from a version that recorded nothing", () => {
    assert.deepEqual(warnings({ issuers: { staff: ours } }, { staff: ours, more: other }), []);
    assert.deepEqual(warnings(undefined, { staff: ours }), []);
    assert.deepEqual(warnings({}, { staff: ours }), []);
  });
});
