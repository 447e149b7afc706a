import assert from "node:assert/strict";
import { policies } from "../../../policy/registry";
import { createGateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings/parse";
import { run } from "../mocks";
import { devConfig } from "../stacks/configuration";
import { asKnown, judge, type Resource } from "./harness";

const upstream = { namespace: "apps", name: "app", port: 80, pods: { app: "app" }, targetPort: 8080 };
const machines = {
  issuer: "https://ci.example.com",
  audience: "app",
  jwksUrl: "https://ci.example.com/jwks.json",
};
/** Together they use every setting of a service about its visitors. */
const furtherServices = {
  listed: {
    upstream,
    access: { emails: ["alice@example.com"], groups: ["sre"] },
    machines,
    identity: "signedJwt",
  },
  "partly-public": {
    upstream,
    publicPaths: [{ path: "/healthz", match: "exact" }],
    headers: { "X-Scope-OrgID": "team-a" },
  },
};

/** The second is the example of docs/stack.md. */
for (const namespace of ["portcullis", "access"])
  describe(`the pack on this project's own stack in the namespace ${namespace}`, () => {
    let resources: Resource[];

    before(async () => {
      const config = devConfig();
      const services = { ...(JSON.parse(config["services"] ?? "") as object), ...furtherServices };
      const egress = JSON.stringify({ alsoTo: { proxy: ["internet"] } });
      const groups = JSON.stringify({ sre: { emails: ["bob@example.com"] } });
      const settings = parseSettings({
        ...config,
        ...{ namespace, egress, groups, services: JSON.stringify(services) },
      });
      const { made } = await run(() => createGateway(settings));
      resources = made.all.map(asKnown);
    });

    for (const policy of policies)
      it(`finds nothing: ${policy.name}`, () => {
        assert.deepEqual(judge(policy, resources, { stack: "production" }), { violations: [] });
      });
  });
