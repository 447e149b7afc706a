import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import type { WrittenRule } from "../../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import { authorizeUrlPrefix } from "../../documents/nginx/authorize";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const person = (at: number) => `person.number${at}@department.example.com`;
const REQUESTS = 400;

describe("lists of who may use a service", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });

  const listing = (name: string, people: number): WrittenRule[] => {
    const emails = [...Array.from({ length: people }, (_, at) => person(at)), "alice@example.com"];
    return writtenRules(name, { access: { emails } }, upstream);
  };
  const status = async (name: string, who: string) =>
    (await pod.ask("/", { host: `${name}.apps.example.com`, headers: as(who) })).status;

  it("let in whom they name and nobody else, at any length that the settings take", async () => {
    await pod.follow([...listing("short", 1), ...listing("longest", 199)]);
    for (const name of ["short", "longest"]) {
      assert.equal(await status(name, "alice"), 200, name);
      assert.equal(await status(name, "bob"), 403, name);
    }
  });

  it("stop no other rule where a hand-written one is longer than nginx reads", async () => {
    const [rule] = writtenRules("odd", {}, upstream);
    assert.ok(rule);
    const remote = `${authorizeUrlPrefix}emails=${"a".repeat(5000)}%40example.com`;
    await pod.follow([
      { ...rule, authorizer: { handler: "remote_json", config: { remote } } },
      ...listing("other", 1),
    ]);
    assert.equal(await status("other", "alice"), 200);
    assert.match(pod.log(), /rule odd\.team is left out: it has an entry of a list that is longer/);
  });

  it("of thousands take no longer than those of one", async () => {
    await pod.follow([...listing("one", 1), ...listing("thousands", 5000)]);
    const median = async (name: string) => {
      const times: number[] = [];
      for (let at = 0; at < REQUESTS; at += 1) {
        const began = performance.now();
        assert.equal(await status(name, "alice"), 200);
        times.push(performance.now() - began);
      }
      return times.sort((one, other) => one - other)[REQUESTS / 2] ?? 0;
    };
    await median("one");
    const [one, thousands] = [await median("one"), await median("thousands")];
    process.stdout.write(`    one: ${one.toFixed(2)} ms, 5,000: ${thousands.toFixed(2)} ms at the median\n`);
    assert.ok(thousands < one * 2 + 1);
    assert.equal(await status("thousands", "bob"), 403);
  });
});
