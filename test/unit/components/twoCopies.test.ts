import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Provider } from "@pulumi/kubernetes";
import type * as library from "../../../components";
import { checkout } from "../../../dev/checkout";
import { run } from "../mocks";
import { ingressController, vmagent } from "./programs";

const require = createRequire(__filename);

/** The library for a program whose packages each brought their own copy, of the same version. */
function copy(): typeof library {
  const { cache } = require;
  const own = Object.entries(cache).filter(([file]) =>
    ["components", "documents"].some((folder) => file.startsWith(join(checkout, folder))),
  );
  for (const [file] of own) Reflect.deleteProperty(cache, file);
  try {
    return require("../../../components") as typeof library;
  } finally {
    Object.assign(cache, Object.fromEntries(own));
  }
}

describe("two copies of the library in one program", () => {
  it("let one protect a service behind the gateway of the other, in its cluster and after its operator", async () => {
    const [one, other] = [copy(), copy()];
    assert.notEqual(one.AccessGateway, other.AccessGateway);
    const { made } = await run(() => {
      const gateway = new one.AccessGateway(
        "access",
        {
          domain: "apps.example.com",
          loginProviders: [
            new other.OidcClient("staff", {
              issuerUrl: "https://id.example.com",
              clientId: "portcullis",
              clientSecret: "the client secret",
              admit: { emailDomains: ["example.com"] },
            }),
          ],
          route: { kind: "ingress", from: [ingressController] },
          tls: "off",
        },
        { provider: new Provider("far") },
      );
      new other.ProtectedService("vmagent", { gateway, upstream: vmagent });
      other.routesToProxy(gateway);
    });
    const rule = made.one(":Rule", "vmagent");
    assert.equal(rule.options.provider, "far");
    assert.ok(rule.after.includes("kubernetes:apps/v1:Deployment access-rules"), rule.after.join());
    assert.equal(made.one(":NetworkPolicy", "vmagent").options.provider, "far");
  });
});
