import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { writtenRules } from "../writtenRules";
import { Collector } from "./collector";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const host = "traced.apps.example.com";
const sampled = "4bf92f3577b34da6a3ce929d0e0e4736";
const unsampled = "5cf92f3577b34da6a3ce929d0e0e4736";

describe("a trace", () => {
  const collector = new Collector();
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    await collector.start(ProxyPod.collectorPort);
    await pod.follow(writtenRules("traced", {}, `http://${Upstream.address}`));
  });
  after(() => {
    collector.stop();
  });

  const ask = (traceparent: string) => pod.seen("/", { host, headers: { ...as("alice"), traceparent } });

  it("includes the decision and reaches Kratos and the service, where it is sampled", async () => {
    const parent = `00-${sampled}-00f067aa0ba902b7-01`;
    assert.equal((await ask(parent)).headers["traceparent"], parent, "the service gets it as it was sent");
    assert.match(
      pod.kratos.traceparent ?? "",
      new RegExp(`^00-${sampled}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
    );
    await eventually(
      () =>
        collector.has("oathkeeper", sampled)
          ? Promise.resolve()
          : Promise.reject(new Error("no span of the decision")),
      { seconds: 20 },
    );
    assert.equal(collector.has("oathkeeper", unsampled), false, "and of no other trace");
  });

  it("is not collected where it is not sampled, or has no valid trace context", async () => {
    await pod.follow(writtenRules("traced", { headers: { "X-Again": "1" } }, `http://${Upstream.address}`));
    await ask(`00-${unsampled}-00f067aa0ba902b7-00`);
    assert.match(pod.kratos.traceparent ?? "", new RegExp(`^00-${unsampled}-[0-9a-f]{16}-00$`));
    await pod.follow(writtenRules("traced", { headers: { "X-Again": "2" } }, `http://${Upstream.address}`));
    await ask("a text, and no trace");
    assert.doesNotMatch(pod.kratos.traceparent ?? "", /a text/);
    assert.equal(collector.has("oathkeeper", unsampled), false);
  });
});
