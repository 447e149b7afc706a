import assert from "node:assert/strict";
import fc from "fast-check";
import { accessProblems } from "../../../documents/oathkeeper/access";
import {
  bearerTokensProblems,
  type BearerTokens,
  gatewayBearerTokensProblems,
} from "../../../documents/oathkeeper/bearerTokens";
import { headersProblems } from "../../../documents/oathkeeper/headers";
import { servicePathsProblems } from "../../../documents/oathkeeper/servicePaths";
import { upstreamProblems } from "../../../documents/oathkeeper/upstream";
import { argument, type Problem } from "../../../documents/shared/problem";
import { script, scriptOptions } from "../../routesScript";
import { writtenRules } from "../../writtenRules";

const options = scriptOptions();
const search = ["portcullis.svc.cluster.local", "svc.cluster.local", "cluster.local"];
const serviceAccountIssuer = "https://kubernetes.default.svc.cluster.local";
const url = "http://vmagent.monitoring.svc:8429";

type Input = Parameters<typeof writtenRules>[1] & object;

/** Asserts that the proxy has a route for a service that no check refuses. */
async function assertTaken(problems: readonly Problem[], input: Input, upstream = url): Promise<void> {
  if (problems.length > 0) return;
  const { build } = (await script).default;
  const rules = writtenRules("app", { ...input, serviceAccountIssuer }, upstream);
  assert.deepEqual(build(rules, [], "v1", options, search, () => undefined).leftOut, {});
}

const odd = fc.constantFrom(..."aZ0._~-@:+=,%$/\\;{}()'\"! ?#[]".split(""));
const texts = (prefix: string, maxLength = 12) =>
  fc.array(odd, { maxLength }).map((characters) => prefix + characters.join(""));
const runs = { numRuns: 400 };

describe("a service that no check refuses", () => {
  it("has a route, whatever its upstream's URL is", async () => {
    const hosts = fc.oneof(
      texts("http://vmagent.monitoring.svc/"),
      texts("http://"),
      fc
        .tuple(
          fc.constantFrom(
            "localhost",
            "a.localhost.",
            "127.1",
            "2130706433",
            "0x7f.1",
            "017.0.0.1",
            "10.0.0.1",
          ),
          fc.constantFrom("", ":0", ":80", ":65536"),
        )
        .map(([host, port]) => `http://${host}${port}`),
      fc.constantFrom(
        "http://[::1]",
        "https://[2001:db8::7]:9090",
        "http://[::ffff:7f00:1]",
        "http://[0:0::1]",
      ),
    );
    await fc.assert(
      fc.asyncProperty(hosts, (value) => assertTaken(upstreamProblems("url", value), {}, value)),
      runs,
    );
  });

  it("has a route, whatever path it strips", async () => {
    await fc.assert(
      fc.asyncProperty(texts("/a"), (path) => {
        const input = { paths: [path], stripPath: true } as const;
        return assertTaken(servicePathsProblems(argument, input), input);
      }),
      runs,
    );
  });

  it("has a route, whatever headers it sets", async () => {
    const value = fc
      .tuple(fc.constantFrom("$", '"', "\\", "a", "{"), fc.constantFrom(1, 400, 500, 2000, 2100, 4000))
      .map(([character, times]) => character.repeat(times));
    await fc.assert(
      fc.asyncProperty(value, (text) => {
        const headers = { "X-Scope": text };
        return assertTaken(headersProblems("headers", headers), { headers });
      }),
      runs,
    );
  });

  it("has a route, whatever addresses it admits", async () => {
    const emails = fc.array(
      fc
        .tuple(texts("a", 4), fc.constantFrom(1, 60, 300, 420))
        .map(([name, times]) => `${name.repeat(times)}@example.com`),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(emails, (all) =>
        assertTaken(accessProblems("access", { emails: all }), { access: { emails: all } }),
      ),
      runs,
    );
  });

  it("has a route, however many programs it admits", async () => {
    let refused = 0;
    for (const count of [1, 60, 70, 75, 76, 80, 100]) {
      const account = (number: number) => ({ namespace: "team-alpha", name: `deployer-prod-${number}` });
      const [first, others] = [account(0), Array.from({ length: count - 1 }, (_, at) => account(at + 1))];
      const subjects = [first, ...others].map(({ name }) => `repo:acme/${name}:ref:refs/heads/main`);
      const choices: readonly BearerTokens[] = [
        { serviceAccounts: [first, ...others], audience: "app" },
        {
          issuer: "https://token.actions.githubusercontent.com",
          jwksUrl: "https://token.actions.githubusercontent.com/.well-known/jwks",
          audience: "app",
          claims: { sub: subjects },
        },
      ];
      for (const machines of choices) {
        const problems = [
          ...bearerTokensProblems("machines", machines),
          ...gatewayBearerTokensProblems("machines", machines, serviceAccountIssuer),
        ];
        refused += problems.length;
        await assertTaken(problems, { machines });
      }
    }
    assert.ok(refused > 0, "none was too long");
  });
});
