import assert from "node:assert/strict";
import { execFileSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { WrittenRule } from "../../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import { eventually } from "../../cli/shared/eventually";
import { script } from "../../components/shared/scripts";
import { nginxFiles, proxyCommand } from "../../documents/nginx/config";
import { errorLogScript } from "../../documents/nginx/errorLog";
import { imageAuthoritiesFile } from "../../documents/nginx/imageAuthorities";
import { nameServersFile } from "../../documents/nginx/issuerKeys";
import { nginxPorts } from "../../documents/rules/ports";
import { fetchedRulesFile, followerSocket, nginxScripts, routesFile } from "../../documents/nginx/routes";
import { serviceAccountKeysPath, serviceAccountKeysPort } from "../../documents/nginx/serviceAccountKeys";
import { kratosServerFile } from "../../documents/nginx/whoami";
import { sessionCheckUrl } from "../../documents/nginx/sessionCheck";
import {
  oathkeeperArguments,
  oathkeeperConfig,
  oathkeeperHealth,
  ruleFile,
} from "../../documents/oathkeeper/config";
import { signingKeys } from "../../documents/oathkeeper/signedIdentity";
import type { Branding } from "../../documents/shared/branding";
import { writtenRules, writtenSentinel } from "../writtenRules";
import { upstreamMeans, type UpstreamsArgs } from "../../components/accessProxy/upstreams";
import { selfSigned, signedBy, type Certificate } from "./certificates";
import { KeysServer, NameServer, ServiceAccounts } from "./issuers";
import { fillRoot, logOf, makeWritable, runIn, writeIn } from "./root";
import { Kratos, TlsUpstream, Upstream, type Seen } from "./servers";
import { handedOver, nginxPid, workersOf } from "./workers";

export const FOLDER = "/etc/portcullis";
/** Authorities of the issuers of bearer tokens. */
const issuersFile = `${FOLDER}/issuers.pem`;
/** The namespace of the gateway. */
const GATEWAY = "portcullis";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly address?: string;
}

interface Restarted {
  readonly branding?: Branding;
  readonly routes?: string;
  readonly memory?: Readonly<Record<string, string>>;
  readonly files?: number;
}

/** What the gateway keeps for upstreams; its namespace is that of the tests' rules. */
const upstreams: UpstreamsArgs = {
  authorities: {
    internal: { secretName: "internal", key: "ca.crt" },
    broken: { secretName: "broken", key: "ca.crt" },
  },
  clientCertificates: { proxy: { secretName: "proxy" } },
  credentials: {
    basic: { kind: "basic", secretName: "basic" },
    key: { kind: "header", secretName: "key", key: "key", header: "X-Api-Key", prefix: "Key " },
    late: { kind: "header", secretName: "late", key: "key" },
  },
};
/** One of the authorities in the image's trust store. */
const systemAuthority = "authority.example.com";
const issuer = "https://auth-server.apps.example.com";
const means = upstreamMeans(upstreams, FOLDER, "team");

/** Not the default: the cookie of a gateway whose domain is part of another's. */
export const sessionCookie = "ory_kratos_session_inner";

/** The header that signs a person in. */
export const as = (person: string) => ({ cookie: `${sessionCookie}=${person}` });

/** The servers of a proxy pod, below their own root, with Kratos and an upstream beside them. */
export class ProxyPod {
  /** Where Oathkeeper sends the spans of traces that others have begun. */
  static readonly collectorPort = 14318;
  /** Serves keys of bearer tokens, with a certificate that the gateway's own authorities have signed. */
  static readonly issuer = { host: "ci.example.test", port: 18464 } as const;
  /** The same, with a certificate of an unknown authority. */
  static readonly foreignIssuer = { host: "other.example.test", port: 18465 } as const;
  readonly kratos = new Kratos();
  /** The issuer of tokens whose keys the gateway takes from the cluster. */
  readonly serviceAccounts = new ServiceAccounts();
  readonly names = new NameServer("127.0.0.1");
  private readonly upstream = new Upstream();
  private readonly agent = new Agent({ keepAlive: true });
  private changes = 0;
  private nginx: ChildProcess | undefined;

  /** @param root an empty folder that {@link file://./main.ts} removes */
  private constructor(private readonly root: string) {}

  private static started: Promise<ProxyPod> | undefined;

  /** The pod that all tests share; it ends with their process. */
  static shared(): Promise<ProxyPod> {
    this.started ??= (async () => {
      const pod = new ProxyPod(process.env["LOOPBACK_ROOT"] ?? "");
      await pod.start();
      return pod;
    })();
    return this.started;
  }

  private async start(): Promise<void> {
    execFileSync("ip", ["link", "set", "lo", "up"]);
    execFileSync("ip", ["address", "replace", `${Upstream.address.split(":")[0] ?? ""}/32`, "dev", "lo"]);
    await this.kratos.start();
    await this.upstream.start();
    this.makeRoot();
    await this.makeMeans();
    await this.startIssuer();
    this.setRules([]);
    this.nginx = this.run(...proxyCommand(FOLDER, issuersFile));
    this.run("/bin/oathkeeper", ...oathkeeperArguments(`${FOLDER}/oathkeeper.json`));
    await this.ready();
  }

  /** Restarts nginx' container, with this branding, these routes, sizes of memory by name, and number of open files. */
  async restart({ branding, routes, memory, files }: Restarted = {}): Promise<void> {
    if (this.nginx?.pid === undefined) throw new Error("nginx was not started");
    process.kill(-this.nginx.pid, "SIGTERM");
    await once(this.nginx, "exit");
    await eventually(() =>
      existsSync(join(this.root, followerSocket))
        ? Promise.reject(new Error("what follows the rules has not ended"))
        : Promise.resolve(),
    );
    this.writeNginxFiles(branding, memory);
    if (routes !== undefined) this.write(routesFile, routes);
    const limited = files === undefined ? [] : ["sh", "-c", `ulimit -S -n ${files}; exec "$@"`, "sh"];
    this.nginx = this.run(...limited, ...proxyCommand(FOLDER, issuersFile));
    await this.ready();
  }

  private async ready(): Promise<void> {
    await eventually(
      async () => {
        const { status } = await this.ask(oathkeeperHealth.ready, { port: nginxPorts.health });
        if (status !== 200) throw new Error(`not ready: ${status}`);
      },
      { seconds: 30 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log().slice(-4000)}`);
    });
  }

  /** What all servers have written so far. */
  log(): string {
    return logOf(this.root);
  }

  /** The routes that nginx reads when it starts. */
  routes(): string {
    return readFileSync(join(this.root, routesFile), "utf8");
  }

  /** Sends the forwarding nginx a signal. */
  signal(name: NodeJS.Signals): void {
    process.kill(nginxPid(this.root), name);
  }

  /** Has nginx reload its configuration, and returns when new workers use it. */
  async reload(): Promise<void> {
    const former = workersOf(this.root);
    this.signal("SIGHUP");
    await eventually(() =>
      workersOf(this.root).some((worker) => !former.includes(worker))
        ? Promise.resolve()
        : Promise.reject(new Error(`not reloaded\n${this.log().slice(-2000)}`)),
    );
  }

  /** Changes each time that Oathkeeper has received rules, or that new ones turned out to be the same. */
  readonly handedOver = () => handedOver(this.root);

  /** Puts rules in force, and returns as soon as they are: a host that only they have is then known. */
  async follow(rules: readonly WrittenRule[]): Promise<void> {
    this.changes += 1;
    const marker = `marker-${this.changes}`;
    this.setRules([...rules, ...writtenRules(marker)]);
    await eventually(
      async () => {
        const { status } = await this.ask("/", { host: `${marker}.apps.example.com` });
        if (status !== 401) throw new Error(`not followed: ${status}`);
      },
      { seconds: 30 },
    );
  }

  /** Puts rules in the place they are fetched to, as the fetching loop does. */
  setRules(rules: readonly WrittenRule[]): void {
    this.writeRules([writtenSentinel, ...rules]);
  }

  /** Writes the current rules in another order, as the operator does, and returns when they are in force. */
  async reorderRules(): Promise<void> {
    const written = readFileSync(join(this.root, fetchedRulesFile), "utf8");
    const before = this.handedOver();
    this.writeRules((JSON.parse(written) as WrittenRule[]).toReversed());
    await eventually(() => {
      assert.notEqual(this.handedOver(), before, "not followed");
      return Promise.resolve();
    });
  }

  private writeRules(rules: readonly WrittenRule[]): void {
    const file = join(this.root, fetchedRulesFile);
    writeFileSync(`${file}.draft`, JSON.stringify(rules, null, 2));
    renameSync(`${file}.draft`, file);
  }

  ask(path: string, asked: Asked = {}): Promise<Answer> {
    const { method = "GET", host = "", headers = {}, body, port, address = "127.0.0.1" } = asked;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: address, port: port ?? nginxPorts.proxy, agent: this.agent, method, path },
          headers: { host, accept: "application/json", "x-forwarded-proto": "https", ...headers },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.once("end", () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          });
        },
      );
      sent.once("error", (error) => {
        // As every client does: nginx' old workers close idle connections, while a request may be on its way there.
        if (sent.reusedSocket && method === "GET") resolve(this.ask(path, asked));
        else reject(error);
      });
      sent.end(body);
    });
  }

  /** The request that the upstream reports it was sent. */
  async seen(path: string, asked: Asked): Promise<Seen> {
    const { status, body } = await this.ask(path, asked);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body) as Seen;
  }

  /** Sends a text as it is, and returns the response once it matches this: by default, all that an upstream was sent. */
  async send(text: string, awaited = /"bytes":\d+\}/): Promise<string> {
    const { socket, until } = this.sent(text);
    return until(awaited).finally(() => socket.destroy());
  }

  /** A connection that a request has upgraded to a WebSocket; the upstream echoes what it is sent. */
  async open(host: string, person: string) {
    const { socket, until } = this.sent(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCookie: ${as(person).cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await until(/101 Switching Protocols/);
    return {
      echo: async (text: string) => {
        socket.write(text);
        await until(new RegExp(`${text}$`));
      },
      close: () => socket.destroy(),
    };
  }

  private sent(text: string) {
    const socket = connect(nginxPorts.proxy, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => (received += chunk.toString("latin1"))).on("error", () => undefined);
    socket.write(text);
    const until = (awaited: RegExp) =>
      eventually(() => {
        assert.match(received, awaited);
        return Promise.resolve(received);
      });
    return { socket, until };
  }

  private makeRoot(): void {
    fillRoot(this.root);
    cpSync(process.env["OATHKEEPER"] ?? "", join(this.root, "usr/bin/oathkeeper"));
    const keyFile = "/etc/portcullis-key/signing.jwks.json";
    this.writeNginxFiles();
    const files: Readonly<Record<string, string>> = {
      ...Object.fromEntries(Object.values(nginxScripts).map((name) => [name, script(name)])),
      [errorLogScript]: script(errorLogScript),
      "oathkeeper.json": JSON.stringify(
        oathkeeperConfig({
          sessionCheckUrl,
          sessionCookie,
          secondFactor: "off",
          signer: { issuer, keyFile },
          tracing: { collector: `127.0.0.1:${ProxyPod.collectorPort}`, samplingRatio: 0 },
        }),
      ),
    };
    for (const [name, text] of Object.entries(files)) this.write(`${FOLDER}/${name}`, text);
    const { signing } = signingKeys({ current: "a secret", next: "the next", former: [] });
    this.write(keyFile, JSON.stringify(signing));
    this.write(nameServersFile, "resolver 127.0.0.1;\nmap '' $cluster_domain { default ''; }\n");
    this.write(kratosServerFile, `server ${Kratos.host}:${Kratos.port} resolve;\n`);
    this.names.addresses.set(Kratos.host, "127.0.0.1");
    this.write("/etc/hosts", `127.0.0.1 localhost ${Kratos.host}\n`);
    this.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    appendFileSync(join(this.root, imageAuthoritiesFile), selfSigned(this.root, systemAuthority).certificate);
    for (const folder of [ruleFile, fetchedRulesFile].map(dirname)) makeWritable(join(this.root, folder));
  }

  /** Makes a certificate that one of the image's own authorities has signed. */
  certificateOf(name: string): Certificate {
    return signedBy(systemAuthority, this.root, name);
  }

  private writeNginxFiles(branding: Branding = {}, memory: Restarted["memory"] = {}): void {
    const files = nginxFiles({
      kratos: { host: Kratos.host, sessionCookie },
      decisionLife: "5s",
      accessDeniedUrl: "https://auth.apps.example.com/portcullis/door",
      accessDenied: { kratosUrl: issuer, secondFactor: "off" },
      branding,
      folder: FOLDER,
      namespace: GATEWAY,
      serviceAccountKeys: {
        host: `keys.${GATEWAY}.svc`,
        port: serviceAccountKeysPort,
        path: serviceAccountKeysPath,
      },
      means,
    });
    const sized = (whole: string, zone: string) => memory[zone] ?? whole;
    for (const [name, text] of Object.entries(files))
      this.write(`${FOLDER}/${name}`, text.replace(/zone=(\w+):\w+/g, sized));
  }

  private async startIssuer(): Promise<void> {
    const certificate = selfSigned(this.root, ProxyPod.issuer.host);
    this.write(issuersFile, certificate.certificate);
    await this.names.start();
    await this.serviceAccounts.start();
    await new KeysServer(certificate).start(ProxyPod.issuer.port);
    await new KeysServer(selfSigned(this.root, "other.example.test")).start(ProxyPod.foreignIssuer.port);
  }

  private async makeMeans(): Promise<void> {
    const server = selfSigned(this.root, "upstream.example.com");
    await new TlsUpstream(server).start();
    const client = selfSigned(this.root, "proxy.example.com");
    const { authorities, clientCertificates, credentials } = means;
    const texts: readonly (readonly [string | undefined, string])[] = [
      [authorities["internal"]?.file, server.certificate],
      [authorities["broken"]?.file, server.certificate.replace(/MII.{20}/, "MIIBrokenBrokenBroken00")],
      [clientCertificates["proxy"]?.certificate, client.certificate],
      [clientCertificates["proxy"]?.key, client.key],
      [credentials["basic"]?.files[0], "admin\n"],
      [credentials["basic"]?.files[1], 'p:"$w\\'],
      [credentials["key"]?.files[0], "${dollar}secret\n"],
    ];
    for (const [file, text] of texts) this.write(file ?? "", text);
  }

  /** Gives a credential its secret, as the kubelet does for one that appears later or changes. */
  setCredential(name: string, text: string): void {
    this.write(means.credentials[name]?.files[0] ?? "", text);
  }

  private write(file: string, text: string): void {
    writeIn(this.root, file, text);
  }

  /** Runs a container's command in its own process group. */
  private run(...command: readonly string[]): ChildProcess {
    const child = runIn(this.root, command);
    child.unref();
    return child;
  }
}
