import assert from "node:assert/strict";
import { OidcClient } from "../../../components/oidcClient";
import { refusedBy, run, type Fields, type Recorded } from "../mocks";
import { gateway, staff } from "./programs";

import { pod } from "./podSpecs";

describe("login providers", () => {
  const several = () => [
    staff({ clientSecret: { secretName: "staff-client", key: "secret" } }),
    new OidcClient("work", {
      kind: "microsoft",
      tenant: "8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
      clientId: "entra",
      clientSecret: "the second secret",
      admit: { emailDomains: ["example.com"] },
    }),
  ];

  it("are configured in their order, each as Kratos knows it", async () => {
    const { made } = await run(() => {
      const [one, other] = several();
      assert.ok(one && other);
      gateway({ loginProviders: [one, other] });
    });
    const files = made.one(":ConfigMap", "access-identity").inputs["data"] as Record<string, string>;
    const { selfservice } = JSON.parse(files["kratos.json"] ?? "") as {
      selfservice: { methods: { oidc: { config: { providers: Fields[] } } } };
    };
    assert.deepEqual(
      selfservice.methods.oidc.config.providers.map(({ id, provider, client_id, microsoft_tenant }) => ({
        id,
        provider,
        client_id,
        microsoft_tenant,
      })),
      [
        { id: "staff", provider: "generic", client_id: "portcullis", microsoft_tenant: undefined },
        {
          id: "work",
          provider: "microsoft",
          client_id: "entra",
          microsoft_tenant: "8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
        },
      ],
    );
    assert.match(
      files["claims.work.jsonnet"] ?? "",
      /claims\.iss == "https:\/\/login\.microsoftonline\.com\/8eaef023/,
    );
  });

  it("are recorded with their issuers, so that a preview shows a change", async () => {
    const { made } = await run(() => {
      const [one, other] = several();
      assert.ok(one && other);
      gateway({ loginProviders: [one, other] });
    });
    assert.deepEqual(made.one("portcullis:index:IdentityServer", "access-identity").inputs["issuers"], {
      staff: "https://id.example.com",
      work: "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0",
    });
  });

  it("have the claims source and the trust in unverified addresses of their client", async () => {
    const { made } = await run(() =>
      gateway({
        loginProviders: [staff({ claimsSource: "userinfo", unverifiedAddresses: "vouchedFor" })],
      }),
    );
    const files = made.one(":ConfigMap", "access-identity").inputs["data"] as Record<string, string>;
    assert.match(files["kratos.json"] ?? "", /"claims_source": "userinfo"/);
    assert.match(files["claims.staff.jsonnet"] ?? "", /^local isVerified = true;$/m);
  });

  it("get each secret from the stack or from an existing Secret", async () => {
    const { made } = await run(() => {
      const [one, other] = several();
      assert.ok(one && other);
      gateway({ loginProviders: [one, other] });
    });
    const variable = (index: number) => `SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_${index}_CLIENT_SECRET`;
    const { stringData } = made.one(":Secret", "access-identity").inputs as { stringData: Fields };
    assert.equal(stringData[variable(0)], undefined);
    assert.equal(stringData[variable(1)], "the second secret");
    const env = pod(made, "access-identity").containers[0]?.env ?? [];
    assert.deepEqual(
      [0, 1].map((index) => env.find(({ name }) => name === variable(index))?.valueFrom.secretKeyRef),
      [
        { name: "staff-client", key: "secret" },
        { name: "access-identity", key: variable(1) },
      ],
    );
  });
});

describe("a closed login provider", () => {
  const identities = [
    { subject: "2", email: "Bob@example.com" },
    { subject: "1", email: "alice@example.com" },
  ];
  const closed = (list = identities) =>
    gateway({ loginProviders: [staff({ admit: "closed", identities: list })] });
  const list = (made: Recorded) =>
    (made.one(":ConfigMap", "access-identity-names").inputs["data"] as Record<string, string>)[
      "identities.tsv"
    ];
  const jobName = (made: Recorded) =>
    (made.one(":Job", "access-identity-names").inputs["metadata"] as { name: string }).name;

  it("has a Job that creates the named identities with verified addresses, after the server", async () => {
    const { made } = await run(() => closed());
    const [alice, bob, ...rest] = (list(made) ?? "").split("\n").map((line) => line.split("\t"));
    assert.deepEqual([alice?.[0], bob?.[0], rest], ["staff%3A1", "staff%3A2", [[""]]]);
    assert.deepEqual(JSON.parse(bob?.[2] ?? ""), {
      schema_id: "admin",
      traits: { email: "bob@example.com" },
      metadata_public: { email: "bob@example.com" },
      verifiable_addresses: [{ via: "email", value: "bob@example.com", verified: true, status: "completed" }],
      credentials: { oidc: { config: { providers: [{ provider: "staff", subject: "2" }] } } },
    });
    const after = (type: string, name: string) => made.one(type, name).after;
    const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy access-identity";
    assert.ok(after(":Job", "access-identity-names").includes(policy));
    assert.ok(
      after(":NetworkPolicy", "access-identity").includes("kubernetes:apps/v1:Deployment access-identity"),
    );
  });

  it("runs that Job again for another list, but not for another order", async () => {
    const { made } = await run(() => closed());
    const { made: reordered } = await run(() => closed(identities.toReversed()));
    const { made: shorter } = await run(() => closed(identities.slice(1)));
    assert.equal(jobName(reordered), jobName(made));
    assert.notEqual(jobName(shorter), jobName(made));
  });

  it("opens the admin API only to that Job, and to nobody without named identities", async () => {
    const rules = ({ inputs }: { inputs: Fields }) =>
      (inputs as { spec: { ingress: { from: Fields[]; ports: { port: number }[] }[] } }).spec.ingress;
    const { made } = await run(() => closed());
    const [, , admin] = rules(made.one(":NetworkPolicy", "access-identity"));
    assert.deepEqual(
      admin?.ports.map(({ port }) => port),
      [4434],
    );
    assert.deepEqual(admin.from, [
      {
        podSelector: {
          matchLabels: {
            "app.kubernetes.io/part-of": "portcullis",
            "app.kubernetes.io/component": "identity-names",
          },
        },
      },
    ]);
    const { made: byHand } = await run(() => gateway({ loginProviders: [staff({ admit: "closed" })] }));
    assert.equal(rules(byHand.one(":NetworkPolicy", "access-identity")).length, 2);
    const adminHost = (from: Recorded) => {
      const { data } = from.one(":ConfigMap", "access-identity").inputs as { data: Record<string, string> };
      const { serve } = JSON.parse(data["kratos.json"] ?? "") as { serve: { admin: { host?: string } } };
      return serve.admin.host;
    };
    assert.deepEqual([adminHost(made), adminHost(byHand)], [undefined, "127.0.0.1"]);
    assert.equal(byHand.has(":Job", "access-identity-names"), false);
  });
});

describe("OidcClient", () => {
  it("reports its own arguments, but not its secret", async () => {
    const { problems, message } = await refusedBy(() =>
      staff({ issuerUrl: "id.example.com", admit: {}, clientSecret: "do not tell" }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["args.issuerUrl", "args.admit"],
    );
    assert.doesNotMatch(message, /do not tell/);
  });
});
