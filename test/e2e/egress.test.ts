import assert from "node:assert/strict";
import { request } from "undici";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { runningPods } from "../../cli/shared/pods";
import { withReplicas } from "../../cli/verify/replicas";
import { people } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { authority } from "../unit/authority";
import { podLabels, type Role } from "../../components/shared/labels";
import { ruleServerPort } from "../../documents/nginx/ruleServer";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { fixtureService } from "../../dev/fixtures/manifests";
import { imageNames } from "../../dev/images";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { kratosPorts } from "../../documents/kratos/config";
import { hostsAnnotation } from "../../documents/admission/hosts";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { parseDomain } from "../../documents/oathkeeper/hosts";
import { accessRules } from "../../documents/oathkeeper/accessRules";
import { ruleApiVersion, ruleFinalizer, ruleKind } from "../../documents/oathkeeper/ruleSpec";
import { enter } from "../cluster/enter";
import { testCluster } from "../cluster/run";

const TEAM = "portcullis-egress-test";
const METADATA = "169.254.169.254";
const SMTP_PORT = 1025;
const RULES = "rules.oathkeeper.ory.sh";
/** The path to request where no other tells more. */
const PATH = "/access-rules.json";

interface Address {
  readonly ip: string;
  readonly port: number;
}

/** What a Rule leads to, and a path there that identifies it. */
interface Place extends Address {
  readonly path?: string;
}

/** An answer of the proxy to a Rule that leads to a place. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Admission would have to refuse the Rules here. Their Services have no selector, and their EndpointSlices, which may name any
 * address, exist before the namespace owns a host.
 */
describe("the proxy's connections to a Rule's upstream", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;
  let cookie: string;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress(), {
      settings: {
        "portcullis:smtp": { value: { from: "login@example.com", recovery: true } },
        "portcullis:smtpUri": {
          value: `smtp://mail.${TEAM}.svc:${SMTP_PORT}/?disable_starttls=true`,
          secret: true,
        },
        "portcullis:outbound": { value: { authorities: { pem: authority } } },
      },
    });
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM } });
    await apply(metadataServer(), mailServer(), mailService());
    target = await devStack.up(echoService);
    await kubectl(cluster, [...inTeam, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=180s"]);
    cookie = await withBrowsers([], async (fresh) => {
      const browser = fresh();
      await enter(browser, target.service, people.admitted);
      return browser.cookies.getCookieString(target.service);
    });
  });

  after(async () => {
    await kubectl(cluster, [
      ...["delete", RULES, "--all-namespaces", "--selector", `app.kubernetes.io/part-of=${TEAM}`],
      "--ignore-not-found",
    ]);
    await kubectl(cluster, ["delete", "namespace", TEAM, "--ignore-not-found"]);
  });

  it("trust the gateway's own authorities beside the public ones", async () => {
    const read = async (role: Role, container: string, file: string) => {
      const [pod = ""] = await runningPods(cluster, target.namespace, podLabels(role));
      const within = ["exec", "-n", target.namespace, pod, "-c", container, "--", "cat", file];
      return kubectl(cluster, within);
    };
    const own = await read("identity-server", "front", "/etc/kratos/authorities/login-providers.pem");
    assert.equal(own.trim(), authority.trim());
    const all = (await read("proxy", "nginx", "/tmp/issuers.pem")).trim();
    assert.ok(all.endsWith(authority.trim()));
    assert.ok(all.split("BEGIN CERTIFICATE").length > 50);
  });

  const inTeam = ["--namespace", TEAM];
  const hostOf = (name: string) => `${name}.deputy.${DEVELOPMENT_ZONE}`;

  it("reach pods that are not the gateway's, and nothing that only the gateway or the node should reach", async () => {
    const [echo] = await addresses(fixtureService("echo").namespace, fixtureService("echo").pods);
    const own = await addressesOf("proxy", oathkeeperPorts.api);
    const [rules] = await addressesOf("rules", ruleServerPort);
    const [admin] = await addressesOf("identity-server", kratosPorts.admin);
    const apiServer = await apiServerAddress();
    const kubelet = { ip: await nodeAddress(), port: 10250 };
    assert.ok(echo !== undefined && rules !== undefined && admin !== undefined && own.length >= 2);
    const places: Readonly<Record<string, Place>> = {
      echo: { ip: echo, port: fixtureService("echo").targetPort },
      ...Object.fromEntries(
        own.map((address, index) => [`own-api-${index}`, { ...address, path: "/rules" }]),
      ),
      rules,
      admin: { ...admin, path: "/admin/identities" },
      "api-server": apiServer,
      kubelet,
    };
    await apply(...Object.entries(places).flatMap(([name, address]) => service(name, address)));
    const annotation = `${hostsAnnotation}=*.deputy.${DEVELOPMENT_ZONE}`;
    await kubectl(cluster, ["annotate", "--overwrite", "namespace", TEAM, annotation]);
    await apply(
      ...Object.entries(places).map(([name, { port }]) =>
        rule(name, TEAM, `http://${name}.${TEAM}.svc:${port}`),
      ),
      // An EndpointSlice accepts no link-local address, so this Rule is the gateway's own.
      rule("metadata", target.namespace, `http://${METADATA}`),
    );

    const answers: Record<string, readonly Answer[]> = {};
    for (const [name, { path }] of Object.entries(places)) answers[name] = await ask(name, path);
    answers["metadata"] = await ask("metadata");
    assert.deepEqual(
      answers["echo"]?.map(({ status }) => status),
      [200, 200],
      "a Service without a selector does lead somewhere",
    );
    const found = Object.entries(answers).flatMap(([name, given]) =>
      name === "echo"
        ? []
        : given.map(
            ({ status, body }) =>
              `${name}: ${status} ${[unauthorized, unreachable].find((start) => body.startsWith(start)) ?? body}`,
          ),
    );
    const expected = Object.entries(answers).flatMap(([name, given]) =>
      name === "echo"
        ? []
        : given.map(() =>
            name === "rules" ? `${name}: 401 ${unauthorized}` : `${name}: 502 ${unreachable}`,
          ),
    );
    assert.deepEqual(found, expected);
  });

  it("reach less than a pod without a policy does", async () => {
    const apiServer = await apiServerAddress();
    for (const url of [`http://${METADATA}${PATH}`, `http://${apiServer.ip}:${apiServer.port}/`]) {
      const said = await inPod(
        ["-n", TEAM, "mail"],
        `fetch(${JSON.stringify(url)}).then((it) => console.log(it.status))`,
      );
      assert.match(said, /^(200|400)/, url);
    }
  });

  it("do not keep the courier from the mail server", async () => {
    await withBrowsers([], async (fresh) => {
      await askForRecovery(fresh(), "alice@example.com");
    });
    await eventually(
      async () => {
        const log = await kubectl(cluster, ["logs", ...inTeam, "mail"]);
        assert.match(log, /RCPT TO:<alice@example\.com>/);
      },
      { seconds: 30 },
    );
  });

  /** What every pod of the proxy answers to a signed-in person, once it knows the Rule. */
  async function ask(name: string, path = PATH): Promise<readonly Answer[]> {
    const host = `${hostOf(name)}:${String(cluster.instance.port)}`;
    const headers = { host, cookie, accept: "application/json" };
    const answerOf = async (replica: string) => {
      const answer = await request(replica + path, { headers });
      const body = await answer.body.text();
      assert.notEqual(answer.statusCode, 404, `${host}: ${body}`);
      return { status: answer.statusCode, body };
    };
    return withReplicas(cluster, target.namespace, (replicas) =>
      Promise.all(replicas.map((replica) => eventually(() => answerOf(replica)))),
    );
  }

  async function askForRecovery(browser: Browser, email: string): Promise<void> {
    const accept = "application/json";
    const start = new URL("/self-service/recovery/browser", target.identityServer).href;
    const { body } = await browser.ask(start, { accept });
    const { ui } = JSON.parse(body) as {
      ui: { action: string; nodes: { attributes: { name?: string; value?: string } }[] };
    };
    const token = ui.nodes.find(({ attributes }) => attributes.name === "csrf_token")?.attributes.value ?? "";
    const form = new URLSearchParams({ csrf_token: token, method: "link", email });
    const answer = await browser.ask(ui.action, { accept, form });
    assert.equal(answer.status, 200, answer.body);
  }

  async function addressesOf(role: Role, port: number): Promise<Address[]> {
    return (await addresses(target.namespace, podLabels(role))).map((ip) => ({ ip, port }));
  }

  async function addresses(namespace: string, labels: Readonly<Record<string, string>>): Promise<string[]> {
    const names = await runningPods(cluster, namespace, labels);
    const ip = (name: string) =>
      kubectl(cluster, ["get", "pod", "-n", namespace, name, "-o", "jsonpath={.status.podIP}"]);
    return Promise.all(names.map(ip));
  }

  async function apiServerAddress(): Promise<Address> {
    const said = await kubectl(cluster, [
      ...["get", "endpointslice", "kubernetes", "--namespace", "default", "--output"],
      "jsonpath={.endpoints[0].addresses[0]} {.ports[0].port}",
    ]);
    const [ip = "", port] = said.split(" ");
    return { ip, port: Number(port) };
  }

  function nodeAddress(): Promise<string> {
    const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
    return kubectl(cluster, ["get", "nodes", "--output", path]);
  }

  function inPod(pod: readonly string[], script: string): Promise<string> {
    return kubectl(cluster, ["exec", ...pod, "--", "node", "--eval", script]);
  }

  function apply(...items: readonly object[]): Promise<string> {
    return applyObjects(cluster, ...items);
  }

  function rule(name: string, namespace: string, upstream: string): object {
    const domain = parseDomain(cluster.instance.domain);
    const [{ match, withUpstream }] = accessRules({ scheme: "http", domain, hosts: [hostOf(name)] });
    const metadata = { name: `deputy-${name}`, namespace, labels: ours, finalizers: [ruleFinalizer] };
    return {
      apiVersion: ruleApiVersion,
      kind: ruleKind,
      metadata,
      spec: { ...withUpstream(upstream), match },
    };
  }
});

const ours = { "app.kubernetes.io/part-of": TEAM };
/** The start of the proxy's answer for an upstream that does not respond. */
const unreachable = '{"error":{"code":502,';
/** The start of the rule server's refusal. */
const unauthorized = "<html>\r\n<head><title>401 Authorization Required</title></head>";

/** Leads to an address that no pod of the namespace has, only by its name: a pod's way to itself passes no policy then. */
function service(name: string, { ip, port }: Address): object[] {
  const metadata = { name, namespace: TEAM };
  const slice = { ...metadata, labels: { "kubernetes.io/service-name": name } };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { clusterIP: "None", ports: [{ name: "http", port }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: slice,
      addressType: "IPv4",
      ports: [{ name: "http", port }],
      endpoints: [{ addresses: [ip] }],
    },
  ];
}

/** Gives the node the address of a cloud's metadata server, and answers there. */
function metadataServer(): object {
  const script = `
    trap 'ip address del ${METADATA}/32 dev lo; exit' TERM
    ip address add ${METADATA}/32 dev lo
    echo reached >/tmp${PATH}
    httpd -f -p ${METADATA}:80 -h /tmp & wait`;
  return pod("metadata", imageNames.busybox, ["sh", "-c", script], {
    hostNetwork: true,
    securityContext: { runAsUser: 0 },
  });
}

/** Accepts every mail and writes down what it was sent. */
function mailServer(): object {
  const script = `require("net").createServer((socket) => {
    let data = false;
    socket.on("error", () => {});
    socket.write("220 mail\\r\\n");
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\\r\\n").filter(Boolean)) {
        if (data && line !== ".") continue;
        if (!data) console.log(line);
        data = line === "DATA";
        socket.write(data ? "354 go on\\r\\n" : "250 ok\\r\\n");
      }
    });
  }).listen(${SMTP_PORT});`;
  return pod("mail", imageNames.node, ["node", "--eval", script]);
}

function mailService(): object {
  const metadata = { name: "mail", namespace: TEAM };
  const ports = [{ name: "smtp", port: SMTP_PORT }];
  return { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: "mail" }, ports } };
}

function pod(name: string, image: string, command: readonly string[], spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: TEAM, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 3,
      containers: [
        {
          name,
          image,
          command,
          ...(name === "metadata" && { securityContext: { capabilities: { add: ["NET_ADMIN"] } } }),
        },
      ],
      ...spec,
    },
  };
}
