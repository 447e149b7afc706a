import assert from "node:assert/strict";
import { output, secret, unknown } from "@pulumi/pulumi";
import { preview, run } from "../mocks";
import { client, constructGateway, refusal } from "./constructs";

const HUNTER = "hunter2hunter2";
const clientSecret = secret(HUNTER);
const smtp = { from: "login@example.com" };
const database = { kind: "external", host: "db.example.com", database: "kratos", user: "kratos" };

describe("a Gateway of the component package", () => {
  it("makes the gateway of a stack's file, with the component as parent of everything", async () => {
    const services = { wiki: { upstream: { url: "https://wiki.example.net" }, isolation: "none" } };
    const { made, result } = await run(() => constructGateway({ services, egress: "off" }));
    assert.equal(made.one(":AccessGateway", "access").options.parent, "portcullis:index:Gateway access");
    assert.equal(made.one(":OidcClient", "staff").options.parent, "portcullis:index:Gateway access");
    assert.equal(made.one(":ProtectedService", "wiki").options.parent, "portcullis:index:Gateway access");
    const { gateway, serviceUrls, ...others } = result.state as Record<string, unknown>;
    assert.deepEqual(serviceUrls, { wiki: "http://wiki.apps.example.com" });
    assert.equal((gateway as { domain: string }).domain, "apps.example.com");
    assert.deepEqual(Object.keys(others).sort(), [
      "admissions",
      "callbackUrls",
      "identityServer",
      "loginUiUrl",
      "namespace",
      "replicas",
      "sessionCookie",
      "signOut",
      "signedIdentity",
    ]);
  });

  it("takes the name of its namespace, or an object with more about it", async () => {
    const namespaceOf = async (namespace: unknown) => {
      const { made, result } = await run(() => constructGateway({ namespace }));
      const { metadata } = made.one(":Deployment", "access-proxy").inputs;
      const namespaces = made.ofType(":Namespace").map(({ inputs }) => inputs["metadata"]);
      const told = [result.state, metadata].map((one) => (one as { namespace: string }).namespace);
      return [...told, ...namespaces];
    };
    const enforced = { "pod-security.kubernetes.io/enforce": "restricted" };
    assert.deepEqual(await namespaceOf("login"), ["login", "login", { name: "login", labels: enforced }]);
    assert.deepEqual(await namespaceOf({ name: "login", create: false }), ["login", "login"]);
    assert.deepEqual(await namespaceOf({ labels: { team: output("a") } }), [
      ...["portcullis", "portcullis"],
      { name: "portcullis", labels: { team: "a", ...enforced } },
    ]);
  });

  it("waits for outputs that become known, wherever they are", async () => {
    const { made } = await run(() =>
      constructGateway({
        domain: output("apps.example.org"),
        loginProviders: output([
          { ...client, clientSecret, admit: { emailDomains: output(["example.org"]) } },
        ]),
      }),
    );
    const { domain } = made.one(":AccessGateway", "access").inputs;
    assert.equal(domain, "apps.example.org");
  });

  describe("keeps its secrets", () => {
    it("in a Secret, and marked as secret in the state", async () => {
      const { made } = await run(() =>
        constructGateway({
          loginProviders: [{ ...client, clientSecret }],
          database: { ...database, password: secret("the database's password") },
          smtp: { ...smtp, uri: secret("smtps://user:the-mail-password@mail.example.com:465") },
        }),
      );
      const { inputs, visible } = made.one(":Secret", "access-identity");
      const given = [HUNTER, "the-mail-password", encodeURIComponent("the database's password")];
      for (const text of given) {
        assert.ok(JSON.stringify(inputs).includes(text), text);
        assert.ok(!JSON.stringify(made.all.map((one) => one.visible)).includes(text), text);
      }
      assert.equal(JSON.stringify(visible).includes("[secret]"), true);
    });

    it("if they were not marked as such", async () => {
      const { made } = await run(() =>
        constructGateway({ loginProviders: [{ ...client, clientSecret: HUNTER }] }),
      );
      assert.ok(!JSON.stringify(made.all.map(({ visible }) => visible)).includes(HUNTER));
    });

    it("in a list that the engine marked as secret as a whole", async () => {
      const { made } = await run(() =>
        constructGateway({ loginProviders: secret([{ ...client, clientSecret: HUNTER }]) }),
      );
      const { inputs, visible } = made.one(":Secret", "access-identity");
      assert.ok(JSON.stringify(inputs).includes(HUNTER));
      assert.ok(!JSON.stringify(visible).includes(HUNTER));
    });

    it("in the cluster, where a key of a Secret is named", async () => {
      const reference = { secretName: output("staff-client"), key: "secret" };
      const { made } = await run(() =>
        constructGateway({ loginProviders: [{ ...client, clientSecret: reference }] }),
      );
      assert.match(
        JSON.stringify(made.one(":Deployment", "access-identity").inputs),
        /"name":"staff-client"/,
      );
    });

    it("that are known only later", async () => {
      const { made, result } = await preview(() =>
        constructGateway({ loginProviders: [{ ...client, clientSecret: secret(unknown) }] }),
      );
      assert.ok(made.has(":Deployment", "access-identity"));
      assert.equal((result.state as { loginUiUrl: string }).loginUiUrl, "http://auth.apps.example.com");
    });
  });

  describe("is refused in one report, by the names that the program has for its arguments", () => {
    const told = async (inputs: Parameters<typeof constructGateway>[0]) => {
      const { result } = await run(() => refusal(constructGateway(inputs)));
      assert.doesNotMatch(result.message, /hunter2/, result.message);
      return result;
    };
    const lines = async (inputs: Parameters<typeof constructGateway>[0]) =>
      (await told(inputs)).problems.map(({ path, reason }) => `${path}: ${reason}`);

    it("with every mistake at once: of form, of meaning and of secrets", async () => {
      const { message } = await told({
        domain: "apps.example.com:80",
        replicas: "two",
        colour: "red",
        loginProviders: [client, { ...client, id: "other", clientSecret: `${HUNTER} ` }],
        smtp,
        services: { a: { upstream: { url: "no url" }, isolation: "none" } },
      });
      assert.equal(message.split("\n")[0], 'Gateway "access" has 7 problems:');
      const paths = [...message.matchAll(/^ {2}- (\S+): /gm)].map(([, path]) => path);
      assert.deepEqual(paths.sort(), [
        "colour",
        "domain",
        "loginProviders[0].clientSecret",
        "loginProviders[1].clientSecret",
        "replicas",
        "services.a.upstream.url",
        "smtp.uri",
      ]);
      assert.doesNotMatch(message, /portcullis:|Pulumi\.yaml|pulumi config|args\./);
    });

    it("for a missing URI of the mail server, and for a secret without a use", async () => {
      assert.deepEqual(await lines({ smtp, database: { kind: "inCluster", password: clientSecret } }), [
        "smtp.uri: is missing",
        "database.password: belongs to nothing in this stack",
      ]);
    });

    it("for a misplaced secret once, and not for the services that need its value", async () => {
      const services = {
        wiki: {
          upstream: { url: "https://wiki.example.net" },
          isolation: "none",
          machines: {
            serviceAccounts: [{ namespace: "ci", name: "bot" }],
            audience: "https://wiki.apps.example.com",
          },
        },
      };
      assert.deepEqual(await lines({ services, egress: "off", serviceAccountIssuer: clientSecret }), [
        "serviceAccountIssuer: is a secret, but ends up where many can read it",
      ]);
    });

    it("for settings that only a stack's file may have", async () => {
      assert.deepEqual(await lines({ kind: "services", demoUpstream: true }), [
        "kind: is not an argument",
        "demoUpstream: is not an argument",
      ]);
    });

    it("for a secret at a place that cannot keep one", async () => {
      assert.deepEqual(
        await lines({ domain: clientSecret, replicas: secret(2), namespace: [clientSecret] }),
        [
          "domain: is a secret, but ends up where many can read it",
          "replicas: is a secret, but ends up where many can read it",
          "namespace[0]: is a secret, but ends up where many can read it",
        ],
      );
    });

    it("for a value that decides what is made and that is known only later", async () => {
      const { problems } = await told({
        domain: output(unknown),
        loginProviders: [{ ...client, clientSecret, label: output(unknown) }],
      });
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["domain", "loginProviders[0].label"],
      );
      assert.match(problems[0]?.reason ?? "", /^is not known before `pulumi up`/);
    });

    it("for a secret that is a number, without its value", async () => {
      const { message } = await told({ loginProviders: [{ ...client, clientSecret: 271828 }] });
      assert.match(message, /loginProviders\[0\]\.clientSecret: is not text/);
      assert.doesNotMatch(message, /271828/);
    });

    it("for a mistake in a list with a secret, without the values of the list", async () => {
      const { message } = await told({
        loginProviders: secret([{ ...client, issuerUrl: HUNTER, clientSecret: HUNTER }]),
        smtp: secret({ from: `Login <${HUNTER}@example.com>`, uri: HUNTER }),
      });
      assert.match(message, /loginProviders\[0\]\.issuerUrl: .*\(found not shown\)/);
      assert.match(message, /smtp\.from: .*\(found not shown\)\. Write the address only: "…"\./);
    });
  });
});
