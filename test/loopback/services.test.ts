import assert from "node:assert/strict";
import { servicesPath } from "../../documents/nginx/accessDenied";
import { eventually } from "../../cli/shared/eventually";
import { authorizeUrlPrefix } from "../../documents/rules/authorize";
import { nginxPorts } from "../../documents/rules/ports";
import { writtenGroup, writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const AT_ONCE = 64;
/** Kratos' silence lasts five seconds each time: a request that waited for those was 19 seconds late. */
const LESS_THAN_HELD_UP = 15;

interface Service {
  readonly url: string;
  readonly title: string;
}

describe("the services that somebody may open", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    const words = { title: "Über & <b>Grafana</b>", description: "Says 100 %, 1+1=2.", icon: "📈" };
    const machines = {
      issuer: "https://ci.example.com",
      audience: "a",
      jwksUrl: "https://ci.example.com/keys",
    };
    await pod.follow([
      ...writtenRules("grafana", { portal: words }),
      ...writtenRules("everybodys"),
      ...writtenRules("alices", {
        access: { emails: ["alice@example.com"] },
        portal: { title: "Alice's own" },
      }),
      ...writtenRules("bobs", { access: { emails: ["bob@example.com"] }, machines }),
      ...writtenRules("staff", { access: { domains: ["example.com"] } }),
      ...writtenRules("others", { access: { domains: ["ample.com", "example.org"] } }),
      ...writtenRules("oncall", { access: { groups: ["sre", "ops"] } }),
      ...writtenRules("others-group", { access: { groups: ["ops"] } }),
      ...writtenRules("claimed", { access: { groups: ["ops", "on-call"] } }),
      writtenGroup("on-call", "claimed"),
      writtenGroup("sre", { emails: ["alice@example.com"] }),
      writtenGroup("ops", { domains: ["ops.example.com"], emails: ["carol@example.com"] }),
      ...writtenRules("partly-public", {
        access: { emails: ["alice@example.com"] },
        publicPaths: [{ path: "/healthz", match: "exact" }],
      }),
      ...writtenRules("hidden", { portal: "hidden" }),
      ...writtenRules("tools", { paths: ["/graphs"], portal: { title: "Graphs" } }),
      ...writtenRules("write-only", { methods: ["POST"] }),
      ...writtenRules("unreadable").map((rule) => ({
        ...rule,
        authorizer: {
          handler: "remote_json",
          config: { remote: `${authorizeUrlPrefix}everybody=1&title=%zz&description=%ff` },
        },
      })),
    ]);
  });

  const list = async (headers: Readonly<Record<string, string>>) => {
    const { status, body } = await pod.ask(servicesPath, { port: nginxPorts.accessDenied, headers });
    return {
      status,
      services: status === 200 ? (JSON.parse(body) as { services: Service[] }).services : body,
    };
  };
  const hosts = async (person: string) =>
    ((await list(as(person))).services as Service[])
      .map(({ url }) => new URL(url).hostname.split(".")[0] ?? "")
      .filter((name) => !name.startsWith("marker"))
      .sort();

  it("are listed by the proxy for the people who may use them", async () => {
    assert.deepEqual(await hosts("alice"), [
      "alices",
      "claimed",
      "everybodys",
      "grafana",
      "oncall",
      "partly-public",
      "staff",
      "tools",
      "unreadable",
    ]);
    assert.deepEqual(await hosts("bob"), ["bobs", "everybodys", "grafana", "staff", "tools", "unreadable"]);
  });

  it("are those whose requests are let through", async () => {
    for (const person of ["alice", "bob"])
      for (const host of [
        ...["grafana", "everybodys", "alices", "bobs", "staff", "others"],
        ...["oncall", "others-group", "claimed", "partly-public"],
      ]) {
        const { status } = await pod.ask("/", { host: `${host}.apps.example.com`, headers: as(person) });
        assert.equal(status !== 403, (await hosts(person)).includes(host), `${person} ${host} ${status}`);
      }
  });

  it("lead to the path of a service that has only a part of its host", async () => {
    const { services } = await list(as("alice"));
    const urls = (services as Service[]).filter(({ title }) => title === "Graphs").map(({ url }) => url);
    assert.deepEqual(urls, ["https://tools.apps.example.com/graphs"]);
  });

  it("have their configured texts, or their host as a title", async () => {
    const services = (await list(as("alice"))).services as Service[];
    assert.deepEqual(
      services.find(({ url }) => url === "https://grafana.apps.example.com/"),
      {
        url: "https://grafana.apps.example.com/",
        title: "Über & <b>Grafana</b>",
        description: "Says 100 %, 1+1=2.",
        icon: "📈",
      },
    );
    assert.equal(
      services.find(({ url }) => url === "https://staff.apps.example.com/")?.title,
      "staff.apps.example.com",
    );
    assert.deepEqual(
      services.find(({ url }) => url === "https://unreadable.apps.example.com/"),
      { url: "https://unreadable.apps.example.com/", title: "unreadable.apps.example.com" },
    );
  });

  it("are listed for nobody without a session", async () => {
    for (const headers of [{}, as("nobody"), { cookie: "other=alice" }])
      assert.deepEqual((await list(headers)).status, 401);
  });

  it("do not delay a change of a rule, however many strangers ask while Kratos does not answer", async () => {
    const open = (name: string) =>
      writtenRules(name, { publicPaths: [{ path: "/healthz", match: "exact" }] }, upstream);
    const status = async (name: string) =>
      (await pod.ask("/healthz", { host: `${name}.apps.example.com` })).status;
    await pod.follow(open("deleted"));
    pod.kratos.state = "silent";
    pod.kratos.asked = 0;
    let isOver = false;
    const answered: number[] = [];
    const asks = Array.from({ length: AT_ONCE }, async () => {
      while (!isOver) answered.push((await list(as("nobody"))).status);
    });
    try {
      await eventually(() => {
        assert.ok(pod.kratos.asked >= AT_ONCE, `${pod.kratos.asked} wait for Kratos`);
        return Promise.resolve();
      });
      pod.setRules(open("added"));
      await eventually(
        async () => {
          assert.deepEqual([await status("added"), await status("deleted")], [200, 404]);
        },
        { seconds: LESS_THAN_HELD_UP },
      );
      isOver = true;
      await Promise.all(asks);
      assert.deepEqual([...new Set(answered)], [503]);
    } finally {
      isOver = true;
      pod.kratos.state = "well";
    }
  });
});
