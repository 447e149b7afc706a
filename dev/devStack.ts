import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { kubectl } from "./kubectl";
import type { DevCluster } from "./devCluster";
import { deployFixtures, fixturesReady, ISSUER_CLIENT_ID, issuerUrl } from "./fixtures/deploy";
import { fixtureHosts, fixtureService } from "./fixtures/manifests";
import type { TlsArgs } from "../components/shared/route";
import { Failure } from "../cli/shared/failure";
import { ingressesSeen, rolledOut } from "./rollouts";
import { checkout } from "./checkout";
import { DEVELOPMENT_ZONE } from "./instances";
import {
  checkStack,
  lastUp,
  runStack,
  type Overlay,
  type StackCommand,
  type StackResult,
  type StackRequest,
} from "./plugins/stackRun";
import type { PlannedResource } from "../cli/check/preview";
import type { Progress } from "../cli/shared/progress";
import type { Browser } from "../cli/verify/browser";
import { prove } from "../cli/verify/prove";
import { eventuallyEqual, Replicas } from "../cli/verify/replicas";
import { people, signIn } from "../cli/verify/signIn";
import type { Expectation, Finding } from "../cli/verify/table";
import { targetOf, type Target } from "../cli/verify/target";

const STACK = "dev";
const PROVIDER = "stub";
const ECHO = "echo";
const upstream = { ...fixtureService(ECHO), port: 80 };
/** A service whose upstream shows what it was sent. */
export const echoService = { upstream };

/** Makes the local clusters' ingress controller send HSTS. */
const strictTransport = { "traefik.ingress.kubernetes.io/router.middlewares": "hsts@file" };

/** The resource type's name for kubectl. */
const RULES = "rules.oathkeeper.ory.sh";
/** How soon a deleted service must be gone from every replica. */
const GONE_AFTER_MS = 2000;

interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly finalizers?: readonly string[] | undefined;
  };
}

interface StackFile {
  readonly config: {
    readonly "portcullis:loginProviders": readonly [object];
    readonly "portcullis:route": object;
  };
}

/** How a dev stack differs from the checked-in one. */
export interface DevStackOptions {
  /** A domain other than the instance's own, such as the seed's `localhost.com`. */
  readonly zone: string;
  readonly insecureDevMode: boolean;
  /** The source of its certificates. @default plain http */
  readonly tls?: Exclude<TlsArgs, string>;
  /** Annotations of its Ingresses, with certificates. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Further fields of its route. */
  readonly route: object;
  /** Further settings, by full key. */
  readonly settings: Overlay;
  /** Further services, by name. */
  readonly services: Readonly<Record<string, object>>;
  /** Login providers besides the checked-in one, which are at the same issuer. */
  readonly furtherProviders: readonly { readonly id: string; readonly label: string }[];
  /** Where the stub issuer may also redirect browsers, besides this stack. */
  readonly redirectUris: readonly string[];
}

/** The dev stack on a development cluster, started, verified and changed as its users would do it. */
export class DevStack {
  private stackTarget: Target | undefined;
  private readonly options: DevStackOptions;

  constructor(
    private readonly cluster: DevCluster,
    private readonly progress: Progress,
    options: Partial<DevStackOptions> = {},
  ) {
    this.options = {
      zone: DEVELOPMENT_ZONE,
      insecureDevMode: false,
      annotations: {},
      route: {},
      settings: {},
      services: {},
      furtherProviders: [],
      redirectUris: [],
      ...options,
    };
  }

  /**
   * Deploys the fixtures, and the stack unless this process has just done so.
   *
   * @param echo a further service of the stack
   */
  async up(echo?: object): Promise<Target> {
    const clientSecret = await this.clientSecret();
    await this.progress.phase("deploy the stub issuer", () =>
      deployFixtures(this.cluster, {
        domain: DEVELOPMENT_ZONE,
        publicPort: this.cluster.instance.port,
        clientSecret,
        redirectUris: [
          ...this.providerIds.map(
            (id) => `${this.scheme}://auth-server.${this.domain}/self-service/methods/oidc/callback/${id}`,
          ),
          ...this.options.redirectUris,
        ],
      }),
    );
    const { outputs } = lastUp(await this.request(echo)) ?? (await this.run("up", "pulumi up", echo));
    await fixturesReady(this.cluster);
    const target = targetOf(outputs);
    await rolledOut(this.cluster, target.namespace);
    await ingressesSeen(this.cluster, target.namespace);
    this.stackTarget = target;
    return target;
  }

  /** The whole verification: what everybody sees, what signed-in people see, what pods cannot reach, what changes do. */
  async verify(show: (finding: Finding) => void): Promise<Finding[]> {
    const target = this.stackTarget ?? (await this.up());
    return prove(target, {
      cluster: this.cluster,
      provider: PROVIDER,
      localNames: [this.options.zone],
      further: (browser) => this.changeExpectations(target, browser),
      show,
    });
  }

  private changeExpectations(target: Target, browser: () => Browser): Expectation[] {
    const echo = new URL("/", target.service);
    echo.hostname = `${ECHO}.${this.options.zone}`;
    const replicas = new Replicas(this.cluster, target, () => signedIn(browser(), target));
    const onAll = (method: string) => replicas.askAll(echo, method);
    const after = async (
      title: string,
      service: object | undefined,
      ask: () => Promise<string>,
      wanted: string,
    ) => {
      await this.run("up", title, service);
      return eventuallyEqual(ask, wanted);
    };
    const unchanged = "nothing to change";
    let echoRule: KubernetesObject | undefined;
    return [
      {
        when: "a second `pulumi up`",
        expected: unchanged,
        find: async () => {
          const { changes } = await this.run("up", "pulumi up, a second time");
          return Object.keys(changes).every((kind) => kind === "same") ? unchanged : JSON.stringify(changes);
        },
      },
      {
        when: "a service is added: asked on every proxy replica",
        expected: replicas.all("200"),
        find: () => after("pulumi up, a service added", echoService, () => onAll("GET"), replicas.all("200")),
      },
      {
        when: "its upstream sees who asks, and neither session nor forged headers",
        expected:
          "identity of alice@example.com, no session cookie, nothing forged, another proxy's header refused",
        find: async () => identityAtUpstream(await signedIn(browser(), target), target, echo),
      },
      {
        when: "it is changed to GET only: a POST on every proxy replica",
        expected: replicas.all("404"),
        find: () =>
          after(
            "pulumi up, the service changed",
            { ...echoService, methods: ["GET"] },
            () => onAll("POST"),
            replicas.all("404"),
          ),
      },
      {
        when: "it is deleted: asked on every proxy replica 2 s later",
        expected: replicas.all("404"),
        find: async () => {
          echoRule = await this.echoRule(target);
          await this.run("up", "pulumi up, the service deleted");
          await sleep(GONE_AFTER_MS);
          return onAll("GET");
        },
      },
      {
        when: "its Rule is made again, and deleted in the foreground: 2 s later",
        expected: replicas.all("404"),
        find: async () => {
          if (!echoRule) return "there was no Rule";
          await kubectl(this.cluster, ["create", "-f", "-"], JSON.stringify(echoRule));
          const live = await eventuallyEqual(() => onAll("GET"), replicas.all("200"));
          if (live !== replicas.all("200")) return `never there: ${live}`;
          const name = `${RULES}/${echoRule.metadata.name}`;
          await kubectl(this.cluster, ["delete", name, "-n", target.namespace, "--cascade=foreground"]);
          await sleep(GONE_AFTER_MS);
          return onAll("GET");
        },
      },
    ];
  }

  /** The Rule of the further service, in a form that can be created again. */
  private async echoRule({ namespace }: Target): Promise<KubernetesObject> {
    const printed = await kubectl(this.cluster, ["get", RULES, "-n", namespace, "-o", "json"]);
    const { items } = JSON.parse(printed) as { readonly items: readonly KubernetesObject[] };
    const found = items.find(({ metadata }) => metadata.name === ECHO);
    if (!found) throw new Failure(`There is no Rule ${ECHO} in ${namespace}.`);
    const { name, finalizers } = found.metadata;
    return { ...found, metadata: { name, namespace, finalizers } };
  }

  /** Runs another engine command on the stack. */
  run(command: StackCommand, title = `pulumi ${command}`, echo?: object): Promise<StackResult> {
    return this.progress.phase(title, async (detail) =>
      runStack({
        ...(await this.request(echo)),
        command,
        onLine: (line) => {
          if (isStep(line)) detail(line.trim());
        },
      }),
    );
  }

  /** What a run would create, without creating it. */
  planned(title: string): Promise<readonly PlannedResource[]> {
    return this.progress.phase(title, async () => {
      const { planned, errors } = await checkStack(await this.request());
      if (errors.length > 0) throw new Failure(errors.join("\n"));
      return planned;
    });
  }

  private async request(echo?: object): Promise<Omit<StackRequest, "command">> {
    const overlay = await this.overlay(echo);
    return { stack: STACK, program: join(checkout, "index.ts"), cluster: this.cluster, overlay };
  }

  /** The settings that the checked-in stack file cannot know: this cluster's port and its secret. */
  async overlay(echo?: object): Promise<Overlay> {
    const file = parse(await readFile(join(checkout, `Pulumi.${STACK}.yaml`), "utf8")) as StackFile;
    const { annotations, route, tls } = this.options;
    const [provider] = file.config["portcullis:loginProviders"];
    const issuer = issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: this.cluster.instance.port });
    const client = { ...provider, issuerUrl: issuer, clientId: ISSUER_CLIENT_ID };
    const value = await this.clientSecret();
    return {
      "portcullis:domain": { value: this.domain },
      "portcullis:insecureDevMode": { value: this.options.insecureDevMode },
      "portcullis:unprotectedHosts": {
        value: this.options.zone === DEVELOPMENT_ZONE ? fixtureHosts(DEVELOPMENT_ZONE) : [],
      },
      "portcullis:loginProviders": {
        value: [client, ...this.options.furtherProviders.map((further) => ({ ...client, ...further }))],
      },
      ...Object.fromEntries(
        this.providerIds.map((id) => [`portcullis:clientSecret.${id}`, { value, secret: true }]),
      ),
      ...(tls !== undefined && { "portcullis:tls": { value: tls } }),
      "portcullis:route": {
        value: {
          ...file.config["portcullis:route"],
          ...(tls !== undefined && { annotations: { ...strictTransport, ...annotations } }),
          ...route,
        },
      },
      "portcullis:services": {
        value: {
          ...(echo && { [ECHO]: echo }),
          ...this.options.services,
        },
      },
      ...this.options.settings,
    };
  }

  private get providerIds(): readonly string[] {
    return [PROVIDER, ...this.options.furtherProviders.map(({ id }) => id)];
  }

  private get scheme(): string {
    return this.options.tls === undefined ? "http" : "https";
  }

  private get domain(): string {
    const { port, tlsPort } = this.cluster.instance;
    return `${this.options.zone}:${String(this.scheme === "http" ? port : tlsPort)}`;
  }

  /** The secret of the stub issuer's client, created once per cluster, so that a second `up` has nothing to change. */
  async clientSecret(): Promise<string> {
    const file = join(this.cluster.stateFolder, "client-secret");
    const kept = await readFile(file, "utf8").catch(() => undefined);
    if (kept !== undefined) return kept;
    const made = randomBytes(24).toString("base64url");
    await writeFile(file, made, { mode: 0o600 });
    return made;
  }
}

/** Whether the engine reports that something is done; it also prints the seconds of everything that it waits for. */
function isStep(line: string): boolean {
  return /\b(created|updated|deleted|replaced|error|failed)\b/.test(line);
}

/** What the upstream was told about a visitor who also sends forged identity headers. */
async function identityAtUpstream(visitor: Browser, target: Target, echo: URL): Promise<string> {
  const forged = Object.fromEntries(
    ["x-user-id", "x-user-email", "x-http-method-override", "x_user_id", "x.user.email"].map((name) => [
      name,
      "forged",
    ]),
  );
  const { status, body } = await visitor.ask(echo.href, { headers: forged });
  if (status !== 200) return `${status}: ${body}`;
  const { headers } = JSON.parse(body) as { headers: Record<string, string> };
  const carried = new RegExp(`${target.sessionCookie}=[^;\\s]`).test(headers["cookie"] ?? "");
  const session = carried ? "the session cookie" : "no session cookie";
  const remains = Object.entries(headers).filter(([, value]) => value.includes("forged"));
  const id = /^[0-9a-f-]{36}$/.test(headers["x-user-id"] ?? "")
    ? "identity"
    : `id ${String(headers["x-user-id"])}`;
  const letThrough = await passing(visitor, echo, ["remote-user", "x-webauth-user"]);
  return [
    `${id} of ${String(headers["x-user-email"])}`,
    session,
    remains.length === 0 ? "nothing forged" : JSON.stringify(remains),
    letThrough.length === 0 ? "another proxy's header refused" : `let through: ${letThrough.join(", ")}`,
  ].join(", ");
}

/** The headers with which a request still gets its usual answer. */
async function passing(visitor: Browser, url: URL, names: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    names.map(async (name) => ({
      name,
      status: (await visitor.ask(url.href, { headers: { [name]: "forged" } })).status,
    })),
  );
  return answers.filter(({ status }) => status < 400).map(({ name }) => name);
}

async function signedIn(visitor: Browser, target: Target): Promise<Browser> {
  await signIn(visitor, target.service, PROVIDER, people.admitted);
  return visitor;
}
