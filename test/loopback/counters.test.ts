import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { nginxPorts } from "../../documents/rules/ports";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";
import { oathkeeperPid } from "./workers";

/** The least memory that nginx gives to counters, and more rules than fit into it. */
const [LITTLE, MANY] = ["32k", 150];

describe("the counters of requests", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });
  after(() => pod.restart());

  const rulesOf = (names: readonly string[]) =>
    names.flatMap((name) => writtenRules(name, {}, `http://${Upstream.address}`));

  async function ask(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const asked = { host: `${name}.apps.example.com`, headers: as("alice") };
      assert.equal((await pod.ask("/", asked)).status, 200, name);
    }
  }

  /** The values that Prometheus reads, by series. */
  async function metrics(): Promise<ReadonlyMap<string, number>> {
    const { body } = await pod.ask("/metrics", { port: nginxPorts.metrics });
    const lines = body.split("\n").map((line) => [line, line.lastIndexOf(" ")] as const);
    return new Map(lines.map(([line, at]) => [line.slice(0, at), Number(line.slice(at + 1))]));
  }

  const total = (name: string) =>
    `portcullis_requests_total{status_code="200",decision="allowed",reason="session",rule="${name}.team"}`;
  const seriesOf = (name: string, told: ReadonlyMap<string, number>) =>
    [...told.keys()].filter((series) => series.includes(`rule="${name}.team"`));
  const uncounted = (told: ReadonlyMap<string, number>) =>
    told.get("portcullis_requests_uncounted_total") ?? NaN;

  it("are served even while Oathkeeper does not answer, together with that fact", async () => {
    await pod.follow(rulesOf(["counted"]));
    await ask(["counted"]);
    const isUp = async (up: number) => {
      const told = await metrics();
      assert.deepEqual([told.get(total("counted")), told.get("portcullis_oathkeeper_up")], [1, up]);
      return [...told.keys()].filter((series) => series.startsWith("ory_oathkeeper_"));
    };
    // A request is counted once its response is sent.
    await eventually(async () => {
      assert.ok((await isUp(1)).length > 0);
    });
    process.kill(oathkeeperPid(), "SIGSTOP");
    try {
      assert.deepEqual(await isUp(0), []);
    } finally {
      process.kill(oathkeeperPid(), "SIGCONT");
    }
    await isUp(1);
  });

  it("are served once more for a deleted rule and then dropped, and the times of all requests stay", async () => {
    await pod.follow(rulesOf(["stays", "goes"]));
    await ask(["stays", "goes", "goes"]);
    await eventually(async () => {
      const told = await metrics();
      assert.deepEqual([told.get(total("stays")), told.get(total("goes"))], [1, 2]);
    });
    await pod.follow(rulesOf(["stays"]));
    const [once, then] = [await metrics(), await metrics()];
    assert.equal(once.get(total("goes")), 2);
    assert.ok(seriesOf("goes", once).length > 2);
    assert.deepEqual(seriesOf("goes", then), []);
    assert.equal(then.get(total("stays")), 1);
    const ofAll = [...once].filter(([series]) => series.startsWith("portcullis_request_duration_seconds_"));
    assert.equal(ofAll.length, 14);
    for (const [series, before] of ofAll) assert.ok((then.get(series) ?? NaN) >= before, series);
    const count = "portcullis_request_duration_seconds_count";
    assert.ok((once.get(count) ?? NaN) >= 3);
    assert.equal(uncounted(then), 0);
  });

  it("without room in the memory are counted together, until deleted rules have freed theirs", async () => {
    await pod.restart({ memory: { requests: `zone=requests:${LITTLE}` } });
    const names = Array.from({ length: MANY }, (_, index) => `preview${index + 100}`);
    await pod.follow(rulesOf(names));
    await ask(names);
    let full = await metrics();
    await eventually(async () => {
      full = await metrics();
      const counted = names.filter((name) => full.has(total(name))).length;
      assert.ok(counted < MANY, "the memory is enough");
      assert.ok(counted + uncounted(full) >= MANY, `${counted} are counted, ${uncounted(full)} are not`);
    });
    const [kept = "", ...others] = names.filter((name) => full.has(total(name)));
    const later = others.slice(0, others.length / 2).map((name) => name.replace("preview", "another"));
    await pod.follow(rulesOf([kept, ...later]));
    assert.ok(seriesOf(others[0] ?? "", await metrics()).length > 0);
    const before = uncounted(await metrics());
    await ask(later);
    await eventually(async () => {
      const told = await metrics();
      assert.deepEqual(
        later.filter((name) => !told.has(total(name))),
        [],
      );
      assert.equal(told.get(total(kept)), 1);
      assert.equal(uncounted(told), before);
    });
  });
});
