import assert from "node:assert/strict";
import { AccessGateway, OidcClient, ProtectedService } from "../../../components";
import { runProgram, type MadeProgram } from "../../../testing";

/** In your tests: `import("../index")`. */
function program() {
  const staff = new OidcClient("staff", {
    issuerUrl: "https://id.example.com",
    clientId: "portcullis",
    clientSecret: "from the issuer",
    admit: { emailDomains: ["example.com"] },
  });
  const gateway = new AccessGateway("access", {
    domain: "apps.example.com",
    loginProviders: [staff],
    route: { kind: "ingress", from: [{ podSelector: { matchLabels: { app: "ingress" } } }] },
    tls: "external",
  });
  new ProtectedService("grafana", {
    gateway,
    upstream: {
      namespace: "monitoring",
      name: "grafana",
      port: 80,
      targetPort: 3000,
      pods: { app: "grafana" },
    },
    access: { domains: ["example.com"] },
    publicPaths: [{ path: "/api/health", match: "exact" }],
  });
}

describe("the gateway of this program", () => {
  let made: MadeProgram<void>;
  before(async () => {
    made = await runProgram(program);
  });

  it("lets only our own people into Grafana", () => {
    const asks = (path: string, email?: string) =>
      made.decision({ url: `https://grafana.apps.example.com${path}`, ...(email && { email }) }).decision;
    assert.equal(asks("/", "alice@example.com"), "allowed");
    assert.equal(asks("/", "mallory@example.net"), "forbidden");
    assert.equal(asks("/"), "unauthorized");
    assert.equal(asks("/api/health"), "public");
  });

  it("leads to Grafana", () => {
    const [rule] = made.objects("Rule").filter(({ metadata }) => metadata.name.startsWith("grafana"));
    const { upstream } = rule?.["spec"] as { upstream: { url: string } };
    assert.match(upstream.url, /^http:\/\/grafana\.monitoring\./);
  });
});
