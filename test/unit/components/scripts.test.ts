import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { identityList } from "../../../documents/kratos/namedIdentities";

const scripts = join(__dirname, "..", "..", "..", "components", "scripts");

describe("the script that", () => {
  let folder: string;
  let process_: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-scripts-"));
  });

  afterEach(async () => {
    if (process_?.exitCode === null) {
      process_.kill("SIGTERM");
      await once(process_, "exit");
    }
    process_ = undefined;
    await rm(folder, { recursive: true });
  });

  function start(name: string, env: Readonly<Record<string, string>>): void {
    process_ = spawn("sh", [join(scripts, name)], { env: { ...process.env, ...env }, stdio: "inherit" });
  }

  describe("gives nginx the pod's name servers", () => {
    const told = async (resolvConf: string) => {
      const [from, to] = [join(folder, "resolv.conf"), join(folder, "nginx.conf")];
      await writeFile(from, resolvConf);
      const kratos = join(folder, "kratos.conf");
      start("name-servers.sh", {
        ...{ RESOLV_CONF: from, NGINX_FILE: to },
        ...{ KRATOS_HOST: "kratos.login.svc", KRATOS_PORT: "4433", KRATOS_FILE: kratos },
      });
      assert.ok(process_);
      assert.deepEqual(await once(process_, "exit"), [0, null]);
      return (await textOf(to)) + (await textOf(kratos));
    };

    it("all of them, the cluster's domain, and Kratos' Service by its full name", async () => {
      assert.equal(
        await told(
          "search team.svc.my.cluster svc.my.cluster my.cluster\nnameserver 10.96.0.10\nnameserver fd00::a\noptions ndots:5\n",
        ),
        "resolver 10.96.0.10 [fd00::a];\nmap '' $cluster_domain { default '.my.cluster'; }\nserver kratos.login.svc.my.cluster:4433 resolve;\n",
      );
    });

    it("in a configuration without a resolver when there are none", async () => {
      assert.equal(
        await told("# empty\n"),
        "map '' $cluster_domain { default ''; }\nserver kratos.login.svc:4433;\n",
      );
    });
  });

  describe("fetches the keys of service accounts", () => {
    const issuer = "https://kubernetes.default.svc.cluster.local";
    let api: Server;
    let asked: string[];
    let answers: Record<string, string | undefined>;
    const keysFile = () => join(folder, "keys.json");

    beforeEach(async () => {
      asked = [];
      answers = {
        "/.well-known/openid-configuration": `{"issuer":"${issuer}","jwks_uri":"x"}`,
        "/openid/v1/jwks": '{"keys":[{"kid":"a"}]}',
      };
      api = createServer((request, response) => {
        asked.push(`${request.url} ${request.headers.authorization}`);
        const answer = answers[request.url ?? ""];
        response.writeHead(answer === undefined ? 403 : 200).end(answer);
      });
      api.listen(0, "127.0.0.1");
      await once(api, "listening");
      await writeNc(folder);
      await writeFile(join(folder, "token"), "the.token");
    });

    afterEach(() => new Promise((closed) => api.close(closed)));

    const begin = () => {
      start("fetch-service-account-keys.sh", {
        PATH: `${folder}:${process.env["PATH"]}`,
        API_PORT: String((api.address() as AddressInfo).port),
        TOKEN_FILE: join(folder, "token"),
        ISSUER: issuer,
        KEYS_FILE: keysFile(),
        INTERVAL: "1",
      });
    };

    it("with its token, and again when they change", async () => {
      begin();
      await eventually(async () => {
        assert.equal(await textOf(keysFile()), '{"keys":[{"kid":"a"}]}');
      });
      assert.deepEqual(
        [...new Set(asked)],
        ["/.well-known/openid-configuration Bearer the.token", "/openid/v1/jwks Bearer the.token"],
      );
      answers["/openid/v1/jwks"] = '{"keys":[{"kid":"b"}]}';
      await eventually(async () => {
        assert.equal(await textOf(keysFile()), '{"keys":[{"kid":"b"}]}');
      });
    });

    it("and keeps the last ones while the API server refuses or answers something else", async () => {
      begin();
      await eventually(async () => {
        assert.equal(await textOf(keysFile()), '{"keys":[{"kid":"a"}]}');
      });
      for (const answer of [undefined, "<html>", '{"keys":[{"kid":"b"}', '{"keys":[{"kid":"b']) {
        answers["/openid/v1/jwks"] = answer;
        const before = asked.length;
        await eventually(() => {
          assert.ok(asked.length > before + 3);
          return Promise.resolve();
        });
        assert.equal(await textOf(keysFile()), '{"keys":[{"kid":"a"}]}');
      }
    });

    it("only when the API server has the configured issuer", async () => {
      answers["/.well-known/openid-configuration"] = '{"issuer":"https://other.example"}';
      begin();
      await eventually(() => {
        assert.ok(asked.length > 1);
        return Promise.resolve();
      });
      await assert.rejects(stat(keysFile()));
      assert.ok(!asked.some((line) => line.startsWith("/openid")));
    });
  });

  describe("creates identities", () => {
    let server: Server;
    let known: Map<string, object>;
    let status: number;
    let refused: number;
    const line = (subject: string, email: string) =>
      identityList([{ provider: "staff", identities: [{ subject, email }] }]);

    beforeEach(async () => {
      known = new Map();
      status = 201;
      refused = 0;
      server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? "", "http://admin");
        if (pathname === "/health/alive") {
          if (refused-- > 0) request.socket.destroy();
          else response.end("{}");
          return;
        }
        assert.ok(refused < 0, "nothing is asked before the server lets the pod in");
        assert.equal(pathname, "/admin/identities");
        if (request.method === "POST")
          void text(request).then((body) => {
            if (status === 201) known.set(identifierOf(body), JSON.parse(body) as object);
            response.writeHead(status).end("{}");
          });
        else {
          const one = known.get(searchParams.get("credentials_identifier") ?? "");
          response.end(`${JSON.stringify(one ? [one] : [])}\n`);
        }
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
    });

    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    async function create(list: string): Promise<number> {
      const { port } = server.address() as AddressInfo;
      await writeFile(join(folder, "list"), list);
      await rm(join(folder, "bin"), { recursive: true, force: true });
      start("create-identities.sh", {
        ADMIN_URL: `http://127.0.0.1:${port}`,
        IDENTITIES_FILE: join(folder, "list"),
        PATH: `${await wgetFolder(folder)}:${process.env["PATH"] ?? ""}`,
      });
      assert.ok(process_);
      const [code] = (await once(process_, "exit")) as [number];
      return code;
    }

    it("that do not exist yet, and leaves existing ones alone", async () => {
      const list = line("1 &?", "alice@example.com") + line("2", "bob@example.com");
      assert.equal(await create(list), 0);
      assert.deepEqual([...known.keys()], ["staff:1 &?", "staff:2"]);
      const changed = { state: "inactive", metadata_public: { email: "alice@example.com" } };
      known.set("staff:1 &?", changed);
      assert.equal(await create(list), 0);
      assert.equal(known.get("staff:1 &?"), changed);
    });

    it("once it can connect, because NetworkPolicies apply late to a new pod", async () => {
      refused = 2;
      assert.equal(await create(line("1", "alice@example.com")), 0);
      assert.deepEqual([...known.keys()], ["staff:1"]);
    });

    it("and fails when one exists with another address or cannot be created", async () => {
      known.set("staff:1", { metadata_public: { email: "alice@example.com" } });
      assert.equal(await create(line("1", "bob@example.com")), 1);
      status = 409;
      assert.equal(await create(line("2", "bob@example.com")), 1);
      assert.deepEqual([...known.keys()], ["staff:1"]);
    });
  });
});

/** The identifiers by which Kratos finds an account of a login provider. */
function identifierOf(body: string): string {
  const { credentials } = JSON.parse(body) as {
    credentials: { oidc: { config: { providers: { provider: string; subject: string }[] } } };
  };
  return credentials.oidc.config.providers.map(({ provider, subject }) => `${provider}:${subject}`).join();
}

function textOf(file: string): Promise<string> {
  return readFile(file, "utf8");
}

/** Repeats until the check holds, for at most a minute. */
async function eventually(check: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** busybox has nc, but a development machine may not. */
async function writeNc(folder: string): Promise<void> {
  const nc =
    'const s=require("net").connect(+process.argv.at(-1),"127.0.0.1");process.stdin.pipe(s);s.pipe(process.stdout)';
  await writeFile(join(folder, "nc"), `#!/bin/sh\nexec node -e '${nc}' -- "$@"\n`, { mode: 0o755 });
}

/** A folder with a `wget` that supports what the scripts use of busybox' own: quiet, to a file or standard output. */
async function wgetFolder(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const program = `#!${process.execPath}
const [quiet, out, file, ...rest] = process.argv.slice(2);
const url = rest.pop();
const [headerOption, header, bodyOption, body] = rest;
if (quiet !== "-q" || out !== "-O") process.exit(2);
if (rest.length > 0 && (headerOption !== "--header" || bodyOption !== "--post-data")) process.exit(2);
const post = rest.length > 0 && { method: "POST", body, headers: [header.split(": ")] };
fetch(url, { ...post }).then(async (answer) => {
  if (!answer.ok) process.exit(1);
  const text = await answer.text();
  if (file === "-") process.stdout.write(text);
  else if (file !== "/dev/null") require("node:fs").writeFileSync(file, text);
}, () => process.exit(1));
`;
  await writeFile(join(bin, "wget"), program, { mode: 0o755 });
  return bin;
}
