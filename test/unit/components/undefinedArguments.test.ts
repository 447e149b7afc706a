import { strictEqual } from "node:assert/strict";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { gatewayDefaults } from "../../../components/accessGateway/defaults";
import { defaultSignInLimits } from "../../../documents/kratos/signInLimits";
import { run } from "../mocks";
import { manifests } from "./manifests";
import { gateway } from "./programs";

/** As in programs whose compiler does not distinguish `undefined` from an omitted value: `config.getNumber("replicas")`. */
function unset(...names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function made(args: object): Promise<string> {
  const { made: recorded } = await run(() => gateway(args));
  return manifests(recorded);
}

describe("an optional argument that is undefined", () => {
  it("is the same as an omitted one, for each argument of a gateway", async () => {
    const others: readonly (keyof AccessGatewayArgs)[] = [
      "autoscaling",
      "branding",
      "egress",
      "groups",
      "images",
      "monitoring",
      "outbound",
      "patches",
      "serviceAccountIssuer",
      "signInLimits",
      "skipLoginPage",
      "smtp",
      "tracing",
      "upstreams",
    ];
    strictEqual(await made(unset(...Object.keys(gatewayDefaults), ...others)), await made({}));
  });

  it("is the same as an omitted one, for the arguments of its parts", async () => {
    const database = (backup: object, rest: object) => ({ kind: "inCluster", backup, ...rest });
    strictEqual(
      await made({
        database: database(
          unset("encryptTo", "keep", "schedule", "storage", "storageClass"),
          unset("protect", "storage", "storageClass"),
        ),
        leavers: unset("atMost", "schedule"),
        session: unset(...Object.keys(gatewayDefaults.session)),
        signInLimits: unset(...Object.keys(defaultSignInLimits)),
        loginUi: { kind: "portcullis", ...unset("texts") },
        images: unset("registry", "pullSecrets", "override"),
        branding: unset("texts", "logo", "name"),
      }),
      await made({ database: database({}, {}), leavers: {}, images: {}, branding: {} }),
    );
  });

  it("is the same as an omitted one, for databases of CloudNativePG and Cloud SQL", async () => {
    for (const [database, names] of [
      [
        { kind: "cloudNativePg", backup: "off" },
        ["instances", "operatorNamespace", "protect", "storage", "storageClass", "image"],
      ],
      [
        { kind: "cloudSql", region: "europe-west1", network: "projects/p/global/networks/n" },
        ["keepBackups", "protect", "tier"],
      ],
    ] as const) {
      strictEqual(await made({ database: { ...database, ...unset(...names) } }), await made({ database }));
    }
  });
});
