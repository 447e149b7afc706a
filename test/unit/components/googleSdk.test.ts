import assert from "node:assert/strict";
import Module, { createRequire } from "node:module";
import { mock } from "node:test";
import { ComponentResource } from "@pulumi/pulumi";
import { GoogleOAuthClient } from "../../../components/googleOAuthClient";
import { resolveImages } from "../../../components/shared/images";
import { Postgres } from "../../../components/postgres";
import { ComponentProblem } from "../../../components/shared/errors";
import { loadError } from "../../../components/shared/googleSdk";
import { run } from "../mocks";

/** The Node.js error for a package that is not installed. */
function missing(name: string): Error {
  try {
    createRequire("/nowhere/program.js")(name);
  } catch (error) {
    return error as Error;
  }
  return assert.fail(`${name} is installed`);
}

/** Runs a program in which one of our modules does not load. */
async function failure(module: string, error: Error, program: () => unknown): Promise<unknown> {
  type Load = (request: string, ...rest: unknown[]) => unknown;
  const internals = Module as unknown as { _load: Load };
  const load = internals._load;
  const mocked = mock.method(
    internals,
    "_load",
    function (this: unknown, request: string, ...rest: unknown[]) {
      if (request === module) throw error;
      return load.call(this, request, ...rest);
    },
  );
  try {
    await run(program);
  } catch (thrown) {
    return thrown;
  } finally {
    mocked.mock.restore();
  }
  return assert.fail("it loads");
}

const programs = [
  {
    module: "./database/cloudSql",
    path: "args.database.kind",
    program: () =>
      new Postgres("identities", {
        namespace: "portcullis",
        images: resolveImages("v26.2"),
        database: { kind: "cloudSql", network: "projects/p/global/networks/n", tier: "db-f1-micro" } as never,
        clients: [],
      }),
  },
  {
    module: "./google/credentialStore",
    path: "args.source.store",
    program: () =>
      new GoogleOAuthClient("google", {
        domain: "apps.example.com",
        hostedDomain: "example.com",
        source: {
          kind: "existing",
          clientId: "123456789012-abc123def456.apps.googleusercontent.com",
          clientSecret: `GOCSPX-${"aB3_".repeat(7)}`,
          store: { project: "login-prod", secretId: "google-client" },
        },
      }),
  },
];

describe("Google's SDK that does not load", () => {
  for (const { module, path, program } of programs) {
    it(`is reported as a problem of ${path}, without a stack trace, when it is not installed`, async () => {
      const error = await failure(module, missing("@pulumi/gcp/sql/user"), program);
      assert.ok(error instanceof ComponentProblem && error.hideStack, String(error));
      assert.deepEqual(
        error.problems.map(({ path: of, fix }) => [of, fix]),
        [[path, "Run: npm install @pulumi/gcp"]],
      );
    });

    it(`is reported with its own error at ${path} when the cause is another`, async () => {
      for (const cause of [missing("@pulumi/gcp-other"), new SyntaxError("Unexpected token")])
        assert.equal(await failure(module, cause, program), cause);
    });
  }

  it("is recognised as not installed by the message of an import, too", async () => {
    const component = await run(() => new ComponentResource("test:index:Any", "any"));
    const place = { component: component.result, subject: "Any", path: "args.any", value: "any" };
    const said = (message: string) => Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
    const absent = said("Cannot find package '@pulumi/gcp' imported from /program/index.js");
    assert.ok(loadError(absent, place) instanceof ComponentProblem);
    const other = said("Cannot find package 'left-pad' imported from /node_modules/@pulumi/gcp/index.js");
    assert.equal(loadError(other, place), other);
  });
});
