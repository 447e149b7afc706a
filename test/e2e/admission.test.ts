import assert from "node:assert/strict";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { DevStack } from "../../dev/devStack";
import { hostsAnnotation } from "../../documents/admission/hosts";
import { parseDomain } from "../../documents/oathkeeper/hosts";
import { ruleCrd } from "../../documents/oathkeeper/ruleCrd";
import { accessRules } from "../../documents/oathkeeper/accessRules";
import { furtherMethods } from "../../documents/oathkeeper/ruleSpec";
import { sentinelRule } from "../../documents/oathkeeper/sentinel";
import { testCluster } from "../cluster/run";
import { admittedOptions, keptFor, refusedOptions } from "./optionDrafts";
import { outcome } from "./editor";
import {
  goodRule,
  hostOf,
  pathsOfRules,
  refusedHosts,
  ruleOf,
  withHeaders,
  TEAM,
  tooManyHeaders,
  type Draft,
} from "./ruleDrafts";

const GATEWAY = "portcullis";

describe("the admission policy for Rules", () => {
  let cluster: DevCluster;
  let zone: string;

  before(async () => {
    cluster = await testCluster();
    zone = cluster.instance.domain;
    const settings = { "portcullis:upstreams": { value: keptFor(TEAM) } };
    await new DevStack(cluster, progress(), { settings }).up();
    const annotations = { [hostsAnnotation]: `grafana.${hostOf(zone)}, *.a.${hostOf(zone)}` };
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM, annotations } });
  });

  after(() => kubectl(cluster, ["delete", "namespace", TEAM, "--ignore-not-found"]));

  const good = () => goodRule(zone);

  it("lets in a Rule for some paths of a host, in the form that a service with paths has", async () => {
    for (const [path, said] of Object.entries(pathsOfRules))
      assert.match(await verdict({ ...good(), url: `http://grafana.${zone}${path}` }), said, path);
  });

  it("lets in a Rule for a host that the namespace owns, by name or by what is below it", async () => {
    for (const url of [
      ...[good().url, `http://x.a.${zone}/<**>`, `http://<{x.a.${zone},y.a.${zone}}>/<**>`],
      ...[`http://<{*.a.${zone}}>/<**>`, `http://<{*.b.a.${zone},grafana.${zone}}>/<**>`],
    ])
      assert.equal(await verdict({ ...good(), url }), "admitted", url);
  });

  it("lets in a Rule with every method that a service may name", async () => {
    assert.equal(await verdict({ ...good(), methods: furtherMethods }), "admitted");
  });

  const refusals: readonly (readonly [string, (draft: Draft) => Draft, RegExp])[] = [
    [
      "a host that is longer than any name",
      (draft) => ({ ...draft, url: `http://${"x".repeat(254)}.a.${zone}/<**>` }),
      /at most 253 characters/,
    ],
    [
      "an authenticator that the proxy lacks",
      (draft) => ({ ...draft, authenticators: [{ handler: "oauth2_introspection" }] }),
      /authenticators/,
    ],
    ["no authenticator", (draft) => ({ ...draft, authenticators: [] }), /authenticators/],
    [
      "an authorizer that the proxy lacks",
      (draft) => ({ ...draft, authorizer: { handler: "keto_engine_acp_ory" } }),
      /authorizer/,
    ],
    ["no header mutator", (draft) => ({ ...draft, mutators: [{ handler: "noop" }] }), /mutators/],
    [
      "a session check of its own",
      (draft) => ({
        ...draft,
        authenticators: [
          { handler: "cookie_session", config: { check_session_url: `http://fake.${TEAM}.svc/` } },
        ],
      }),
      /cookie_session takes no configuration/,
    ],
    [
      "another namespace's Service",
      (draft) => ({ ...draft, upstream: "http://portcullis-identity-admin.portcullis.svc:4434" }),
      /own namespace/,
    ],
    [
      "the proxy's own API as an upstream",
      (draft) => ({ ...draft, upstream: "http://127.0.0.1:4456" }),
      /own namespace/,
    ],
    [
      "a look-alike of its namespace",
      (draft) => ({ ...draft, upstream: `http://grafana.${TEAM}.svc.evil.example` }),
      /own namespace/,
    ],
    [
      "an upstream with a path that is more than a path",
      (draft) => ({ ...draft, upstream: `http://grafana.${TEAM}.svc/';id;'` }),
      /own namespace/,
    ],
  ];

  const remote = "http://127.0.0.1:4457/authorize?emails=alice%40example.com&domains=corp.example";
  const checkSession = "http://127.0.0.1:4460/?exact=/healthz&prefix=/static";
  const listed = (draft: Draft): Draft => ({
    ...draft,
    authorizer: { handler: "remote_json", config: { remote } },
  });
  const cache = "http://127.0.0.1:4462";
  const jwt = {
    trusted_issuers: ["https://ci.example.com"],
    target_audience: ["grafana"],
    jwks_urls: [`${cache}/https/ci.example.com/keys`],
  };

  const said = "iss=https%3A%2F%2Fci.example.com;sub=deploy%3Amain;";
  const asking = (remote: string, change: object = {}) => ({
    authenticators: [{ handler: "jwt", config: { ...jwt, ...change } }, { handler: "cookie_session" }],
    authorizer: { handler: "remote_json", config: { remote } },
  });
  const gitHub = { trusted_issuers: ["https://token.actions.githubusercontent.com"] };

  it("lets in what the library writes for lists of people, public paths, machines and headers", async () => {
    const draft = listed(good());
    const withPublic = {
      ...draft,
      authenticators: [{ handler: "bearer_token", config: { check_session_url: checkSession } }],
    };
    const [{ withUpstream }] = accessRules({
      scheme: "http",
      domain: parseDomain(zone),
      hosts: [`grafana.${hostOf(zone)}`],
      headers: { "X-Scope-OrgID": "team-a" },
      portal: { title: "Über & <b>Grafana</b>", description: "Says 100 %, 1+1=2.", icon: "📈" },
      machines: {
        issuer: "https://token.actions.githubusercontent.com",
        audience: "grafana",
        jwksUrl: "https://token.actions.githubusercontent.com/.well-known/jwks",
        claims: { repository: ["acme/app", "acme/x y;é"], a: { "b/c": "(d)" }, v: true },
      },
    });
    const { mutators, authenticators, authorizer } = withUpstream(good().upstream);
    for (const one of [draft, withPublic, { ...draft, authenticators, authorizer }, { ...draft, mutators }])
      assert.equal(await verdict(one), "admitted");
  });

  const askedBy =
    (config: object) =>
    (draft: Draft): Draft => ({ ...draft, mutators: [...draft.mutators, { handler: "noop", config }] });

  it("lets in the upstream options that the library writes, with what the gateway keeps for the namespace", async () => {
    for (const options of admittedOptions) assert.equal(await verdict(askedBy(options)(good())), "admitted");
  });

  const configurations: readonly (readonly [string, (draft: Draft) => Draft, RegExp])[] = [
    ...(
      [
        ["an authorizer elsewhere", { remote: `http://yes.${TEAM}.svc/` }],
        ["an authorizer at another path of the pod", { remote: "http://127.0.0.1:4457/sessions/whoami?x=1" }],
        ["an authorizer with other words", { remote, headers: { "X-Portcullis-Machine": "1" } }],
        ["an authorizer without its lists", {}],
      ] as const
    ).map(
      ([what, config]) =>
        [
          what,
          (draft: Draft) => ({ ...draft, authorizer: { handler: "remote_json", config } }),
          /remote_json takes only remote/,
        ] as const,
    ),
    [
      "a configured allow",
      (draft) => ({ ...draft, authorizer: { handler: "allow", config: {} } }),
      /other authorizers take nothing/,
    ],
    ...(
      [
        ["a session check of its own behind public paths", { check_session_url: `http://yes.${TEAM}.svc/` }],
        ["a token of its own choice", { check_session_url: checkSession, token_from: { header: "Cookie" } }],
      ] as const
    ).map(
      ([what, config]) =>
        [
          what,
          (draft: Draft) => ({ ...listed(draft), authenticators: [{ handler: "bearer_token", config }] }),
          /bearer_token takes only check_session_url/,
        ] as const,
    ),
    [
      "public paths without the check of their spelling",
      (draft) => ({
        ...draft,
        authenticators: [{ handler: "bearer_token", config: { check_session_url: checkSession } }],
      }),
      /authorizer remote_json with it/,
    ],
    ...(
      [
        ["tokens of any audience", { ...jwt, target_audience: [] }],
        ["tokens of any issuer", { trusted_issuers: undefined }],
        ["keys of another namespace", { jwks_urls: [`${cache}/http/keys.other.svc/keys`] }],
        ["keys past the cache", { jwks_urls: ["https://ci.example.com/keys"] }],
        ["keys at an address without a name", { jwks_urls: [`${cache}/https/169.254.169.254/keys`] }],
        ["an issuer without a name", { trusted_issuers: [""] }],
        ["an issuer that ends early in a program's id", { trusted_issuers: ["https://a|b"] }],
        ["keys from the proxy's files", { jwks_urls: ["file:///etc/portcullis/keys.json"] }],
        ["tokens by a shared secret", { allowed_algorithms: ["HS256"] }],
      ] as const
    ).map(
      ([what, change]) =>
        [
          what,
          (draft: Draft) => ({ ...draft, ...asking(`${remote}&claims=${said}`, change) }),
          /jwt takes trusted_issuers/,
        ] as const,
    ),
    [
      "tokens whose claims nobody asks for",
      (draft) => ({
        ...draft,
        authenticators: [{ handler: "jwt", config: jwt }, { handler: "cookie_session" }],
      }),
      /jwt needs the authorizer remote_json/,
    ],
    [
      "tokens whose claims the judge is not told",
      (draft) => ({ ...draft, ...asking(remote) }),
      /jwt needs the authorizer remote_json/,
    ],
    ...(
      [
        ["tokens of every customer of GitHub", `everybody=1&claims=iss=x;ref=main;`],
        ["a claim that another only contains", `everybody=1&claims=iss=x;sub2=acme;xsub=acme;ref=sub=x;`],
        ["a claim in another parameter", `emails=a&x=claims=sub=a&claims=iss=x;`],
        ["a claim in a list of people", `emails=sub=a,&claims=iss=x;`],
      ] as const
    ).map(
      ([what, query]) =>
        [
          what,
          (draft: Draft) => ({
            ...draft,
            ...asking(`http://127.0.0.1:4457/authorize?${query}`, gitHub),
          }),
          /GitHub Actions signs tokens for every customer/,
        ] as const,
    ),
    [
      "tokens of every pod of the cluster",
      (draft) => ({
        ...draft,
        ...asking("http://127.0.0.1:4457/authorize?everybody=1&claims=iss=x;", {
          jwks_urls: [`${cache}/service-accounts`],
        }),
      }),
      /The cluster signs tokens for every pod/,
    ],
    ...["everybody=1&claims=iss=x;&claims=sub=y;", "everybody=1&claims=iss=x;sub=a b;", "claims=iss=x;"].map(
      (query) =>
        [
          `claims that are written in another way: ${query}`,
          (draft: Draft) => ({ ...draft, ...asking(`http://127.0.0.1:4457/authorize?${query}`) }),
          /remote_json takes only remote|jwt needs the authorizer/,
        ] as const,
    ),
    ...(
      [
        [
          "a header that tells the upstream the session",
          withHeaders({ "X-Session": "{{ .MatchContext.Header.Cookie }}" }),
        ],
        ["more headers than nginx has room for", withHeaders(tooManyHeaders)],
        ["an identity of its own saying", withHeaders({ "x-user-id": "alice" })],
        ["another spelling of an identity header", withHeaders({ X_User_Email: "alice@example.com" })],
        ["a header of its own saying that leads elsewhere", withHeaders({ Host: "x" })],
        ["a header mutator with more than headers", withHeaders({ "X-Env": "prod" }, { more: "x" })],
        [
          "a configured cookie",
          (draft: Draft) => ({
            ...draft,
            mutators: [{ handler: "header" }, { handler: "cookie", config: { cookies: {} } }],
          }),
        ],
      ] as const
    ).map(([what, change]) => [what, change, /an upstream that gets a session/] as const),
    [
      "the session cookie for the upstream",
      (draft) => ({ ...draft, mutators: [{ handler: "header" }] }),
      /an upstream that gets a session/,
    ],
    ...refusedOptions.map(([what, options, reason]) => [what, askedBy(options), reason] as const),
    [
      "a pattern that does not compile",
      (draft) => ({ ...draft, url: `http://grafana.${zone}/<{>` }),
      /plain path/,
    ],
  ];

  for (const [what, change, reason] of configurations)
    it(`refuses ${what}`, async () => {
      assert.match(await verdict(change(good())), reason);
    });

  it("drops or rejects a Rule's configMapName, with which it would replace the list of all others", async () => {
    const rule = JSON.stringify(ruleOf({ ...good(), configMapName: "portcullis-rules" }));
    const create = (...options: string[]) =>
      kubectl(cluster, ["create", "--dry-run=server", "--filename", "-", ...options], rule);
    assert.match(await outcome(create()), /unknown field "spec.configMapName"/);
    const kept = JSON.parse(await create("--validate=false", "--output=json")) as { spec: object };
    assert.deepEqual(Object.keys(kept.spec).sort(), [
      "authenticators",
      "authorizer",
      "match",
      "mutators",
      "upstream",
    ]);
  });

  it("refuses configMapName where the definition is another one that has the field", async () => {
    const definition = (operations: object[]) =>
      kubectl(cluster, [
        ...["patch", "customresourcedefinition", ruleCrd.metadata.name, "--type=json"],
        `--patch=${JSON.stringify(operations)}`,
      ]);
    const path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/configMapName";
    await definition([{ op: "add", path, value: { type: "string" } }]);
    try {
      for (const namespace of [TEAM, GATEWAY])
        await eventually(async () => {
          const said = await verdict({ ...good(), configMapName: "portcullis-rules" }, namespace);
          assert.match(said, /configMapName makes the rule operator forget/, namespace);
        });
    } finally {
      await definition([{ op: "remove", path }]);
    }
  });

  it("identifies the sentinel by its namespace and name, not by a URL that anybody may write", async () => {
    const { url } = sentinelRule.match;
    assert.match(await verdict({ ...good(), url }), /literal hosts/);
    assert.match(await verdict({ ...good(), url }, GATEWAY), /literal hosts/);
  });

  it("lets the gateway move to another domain, but not claim open hosts", async () => {
    const own = (url: string) => verdict({ ...good(), url }, GATEWAY);
    assert.equal(await own("https://grafana.example.com/<**>"), "admitted");
    assert.match(await own("https://<**>.example.com/<**>"), /literal hosts/);
    assert.match(await own("https://grafana.example.com<**>"), /literal hosts/);
  });

  for (const [what, url, reason] of refusedHosts)
    it(`refuses ${what}`, async () => {
      assert.match(await verdict({ ...good(), url: url(zone) }), reason);
    });

  for (const [what, change, reason] of refusals)
    it(`refuses ${what}`, async () => {
      assert.match(await verdict(change(good())), reason);
    });

  it("does not keep the operator from removing its finalizer from a Rule that is no longer allowed", async () => {
    await apply(ruleOf(good()));
    await kubectl(cluster, ["annotate", "namespace", TEAM, `${hostsAnnotation}-`]);
    assert.match(await verdict({ ...good(), url: `http://grafana.${zone}/x` }), /does not own/);
    await kubectl(cluster, [
      "delete",
      "rules.oathkeeper.ory.sh",
      "draft",
      "--namespace",
      TEAM,
      "--timeout",
      "30s",
    ]);
  });

  function verdict(draft: Draft, namespace = TEAM): Promise<string> {
    return outcome(apply(ruleOf(draft, namespace), "--dry-run=server"));
  }

  function apply(object: object, ...options: string[]): Promise<string> {
    return kubectl(
      cluster,
      ["apply", "--server-side", ...options, "--filename", "-"],
      JSON.stringify(object),
    );
  }
});
