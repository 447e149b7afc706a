import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Cluster } from "../../local/cluster";
import { deployFixtures, ISSUER_CLIENT_ID, issuerUrl } from "../../local/fixtures/deploy";
import { fixtureService } from "../../local/fixtures/manifests";
import { imageNames } from "../../local/images";
import { checkout, DEVELOPMENT_ZONE } from "../../local/instances";
import { runStack, type Overlay, type StackResult } from "../../local/plugins/stackRun";
import type { Progress } from "../../local/progress";
import { anonymousExpectations } from "./anonymous";
import { Browser } from "./browser";
import { isolationExpectations, Probe } from "./isolation";
import { eventuallyEqual, Replicas } from "./replicas";
import { signInExpectations } from "./signedIn";
import { people, signIn } from "./signIn";
import { examine, type Expectation, type Finding } from "./table";
import { targetOf, type Target } from "./target";

const STACK = "dev";
const PROVIDER = "stub";
const ECHO = "echo";
const upstream = { ...fixtureService(ECHO), port: 80 };

interface StackFile {
  readonly config: {
    readonly "portcullis:loginProviders": readonly [object];
    readonly "portcullis:services": object;
  };
}

/** The dev stack on a development cluster: brought up, proven and changed as its users would do it. */
export class Rehearsal {
  private readonly browsers: Browser[] = [];
  private stackTarget: Target | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly progress: Progress,
  ) {}

  /** Deploys the fixtures and the stack. */
  async up(): Promise<Target> {
    const clientSecret = await this.clientSecret();
    const { domain, port } = this.cluster.instance;
    await this.progress.phase("deploy the stub issuer", () =>
      deployFixtures({
        kubeconfig: this.cluster.kubeconfig,
        kubectl: this.cluster.kubectl,
        domain: DEVELOPMENT_ZONE,
        publicPort: port,
        clientSecret,
        redirectUris: [`http://auth-server.${domain}/self-service/methods/oidc/callback/${PROVIDER}`],
      }),
    );
    const { outputs } = await this.pulumiUp("pulumi up");
    const target = targetOf(outputs);
    this.stackTarget = target;
    return target;
  }

  /** The whole proof: what everybody sees, what people who sign in see, what pods cannot reach, what changes do. */
  async prove(show: (finding: Finding) => void): Promise<Finding[]> {
    const target = this.stackTarget ?? (await this.up());
    const probe = new Probe(this.cluster, target.namespace);
    await probe.start();
    try {
      return await examine(
        [
          ...anonymousExpectations(target, () => this.browser()),
          ...signInExpectations(target, PROVIDER, () => this.browser()),
          ...isolationExpectations(probe),
          ...this.changeExpectations(target),
        ],
        show,
      );
    } finally {
      await probe.stop();
      await Promise.all(this.browsers.map((browser) => browser.close()));
    }
  }

  private changeExpectations(target: Target): Expectation[] {
    const echo = new URL("/", target.service);
    echo.hostname = `${ECHO}.${DEVELOPMENT_ZONE}`;
    const replicas = new Replicas(this.cluster, target, () => this.signedIn(target));
    const onAll = (method: string) => replicas.askAll(echo, method);
    const after = async (
      title: string,
      service: object | undefined,
      ask: () => Promise<string>,
      wanted: string,
    ) => {
      await this.pulumiUp(title, service);
      return eventuallyEqual(ask, wanted);
    };
    const unchanged = "nothing to change";
    return [
      {
        when: "a second `pulumi up`",
        expected: unchanged,
        find: async () => {
          const { changes } = await this.pulumiUp("pulumi up, a second time");
          return Object.keys(changes).every((kind) => kind === "same") ? unchanged : JSON.stringify(changes);
        },
      },
      {
        when: "a service is added: asked on every proxy replica",
        expected: replicas.all("200"),
        find: () =>
          after("pulumi up, a service added", { upstream }, () => onAll("GET"), replicas.all("200")),
      },
      {
        when: "its upstream sees who asks, and neither session nor forged headers",
        expected: "identity of alice@example.com, no session cookie, nothing forged",
        find: () => this.identityAtUpstream(target, echo),
      },
      {
        when: "it is changed to GET alone: a POST on every proxy replica",
        expected: replicas.all("404"),
        find: () =>
          after(
            "pulumi up, the service changed",
            { upstream, methods: ["GET"] },
            () => onAll("POST"),
            replicas.all("404"),
          ),
      },
      {
        when: "it is deleted: asked on every proxy replica",
        expected: replicas.all("404"),
        find: () =>
          after("pulumi up, the service deleted", undefined, () => onAll("GET"), replicas.all("404")),
      },
    ];
  }

  private async identityAtUpstream(target: Target, echo: URL): Promise<string> {
    const visitor = await this.signedIn(target);
    const forged = {
      "x-user-id": "forged",
      "x-user-email": "forged",
      x_user_id: "forged",
      "x-user_email": "forged",
    };
    const { status, body } = await visitor.ask(echo.href, { headers: forged });
    if (status !== 200) return `${status}: ${body}`;
    const { headers } = JSON.parse(body) as { headers: Record<string, string> };
    const session = (headers["cookie"] ?? "").includes(`${target.sessionCookie}=`)
      ? "the session cookie"
      : "no session cookie";
    const remains = Object.entries(headers).filter(([, value]) => value.includes("forged"));
    const id = /^[0-9a-f-]{36}$/.test(headers["x-user-id"] ?? "")
      ? "identity"
      : `id ${String(headers["x-user-id"])}`;
    return `${id} of ${String(headers["x-user-email"])}, ${session}, ${remains.length === 0 ? "nothing forged" : JSON.stringify(remains)}`;
  }

  private async signedIn(target: Target): Promise<Browser> {
    const visitor = this.browser();
    await signIn(visitor, target.service, PROVIDER, people.admitted);
    return visitor;
  }

  private browser(): Browser {
    const browser = new Browser();
    this.browsers.push(browser);
    return browser;
  }

  private pulumiUp(title: string, echo?: object): Promise<StackResult> {
    return this.progress.phase(title, async (detail) =>
      runStack({
        command: "up",
        stack: STACK,
        program: join(checkout, "index.ts"),
        cluster: this.cluster,
        overlay: await this.overlay(echo),
        onLine: detail,
      }),
    );
  }

  /** What the checked-in stack file cannot know: this cluster's port, its secret, and the stand-in's image. */
  private async overlay(echo?: object): Promise<Overlay> {
    const file = parse(await readFile(join(checkout, `Pulumi.${STACK}.yaml`), "utf8")) as StackFile;
    const [provider] = file.config["portcullis:loginProviders"];
    const { domain, port } = this.cluster.instance;
    const issuer = issuerUrl({ domain: DEVELOPMENT_ZONE, publicPort: port });
    return {
      "portcullis:domain": { value: domain },
      "portcullis:loginProviders": {
        value: [{ ...provider, issuerUrl: issuer, clientId: ISSUER_CLIENT_ID }],
      },
      [`portcullis:clientSecret.${PROVIDER}`]: { value: await this.clientSecret(), secret: true },
      ...(this.cluster.kind === "embedded" && {
        "portcullis:images": { value: { override: { loginUi: imageNames.loginUiStandIn } } },
      }),
      ...(echo && {
        "portcullis:services": { value: { ...file.config["portcullis:services"], [ECHO]: echo } },
      }),
    };
  }

  /** Made once a cluster, so that a second `up` has nothing to change. */
  private async clientSecret(): Promise<string> {
    const file = join(this.cluster.stateFolder, "client-secret");
    const kept = await readFile(file, "utf8").catch(() => undefined);
    if (kept !== undefined) return kept;
    const made = randomBytes(24).toString("base64url");
    await writeFile(file, made, { mode: 0o600 });
    return made;
  }
}
