import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { runningPods } from "../../cli/shared/pods";
import { progress } from "../../cli/shared/progress";
import { Browser, type Answer } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { podLabels } from "../../components/shared/labels";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { enter } from "../cluster/enter";
import { assertNothingButLate, byWhom, underLoad, type Report, type Stream } from "../cluster/load";
import { testCluster } from "../cluster/run";
import { MetricsServer } from "./operators/metricsServer";

/** Lets the provider take over a field that something else has written. */
const force = "PULUMI_K8S_ENABLE_PATCH_FORCE";

const MIN = 2;
const MAX = 3;
/** More than the pods use when idle, and less than they use under the load, on any machine. */
const autoscaling = { max: MAX, cpu: "60m" };
/**
 * Requests a second: the proxy asks the identity server about each, since nothing is cached. On a slow machine they take all
 * processors, so the load ends when the autoscalers want more pods: a new pod becomes ready while few requests come.
 */
const LOAD = { perSecond: 150, atOnce: 4 };
const QUIET = { perSecond: 5 };
/** The longest time that Kubernetes can wait before it removes a pod, in seconds. */
const LONGEST_WAIT = 3600;
const PATIENCE = { seconds: 240 };

const settings = {
  "portcullis:autoscaling": { value: autoscaling },
  "portcullis:session": { value: { checkCache: "off" } },
};

/**
 * The metrics are real: metrics-server, built from its module, reports what the kubelet has measured. The tests set Kubernetes'
 * wait before it removes a pod by hand in the autoscalers where a test should not wait for it.
 */
describe("an autoscaled gateway", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;
  let metrics: MetricsServer;
  let page: string;
  const visitor = new Browser();

  before(async function () {
    this.timeout(900_000); // Go builds metrics-server the first time
    cluster = await testCluster();
    metrics = await MetricsServer.install(cluster, progress());
    devStack = new DevStack(cluster, progress(), { settings });
    target = await devStack.up();
    page = new URL("/targets", target.service).href;
    await enter(visitor, page, people.admitted);
    await metrics.tellsOf(target.namespace, 2 * MIN);
    // The CPU that the pods used to start may have added one.
    await takesAwayAfter(0);
    await eventually(() => assertPods(MIN), PATIENCE);
    await takesAwayAfter(LONGEST_WAIT);
  });
  after(async () => {
    await visitor.close();
    await metrics.remove();
  });

  const inGateway = (...command: string[]) => kubectl(cluster, ["--namespace", target.namespace, ...command]);
  const listed = async (path: string, ...what: string[]) =>
    (await inGateway("get", ...what, "--output", `jsonpath=${path}`))
      .split(" ")
      .filter((word) => word !== "");
  const autoscalers = () => listed("{.items[*].metadata.name}", "horizontalpodautoscalers");
  const deployments = async () =>
    (await listed("{.items[*].spec.scaleTargetRef.name}", "horizontalpodautoscalers")).toSorted();

  it("has an autoscaler for the proxy and the identity server", async () => {
    assert.deepEqual(
      (await deployments()).map((name) => name.replace(/-[0-9a-f]{8}$/, "")),
      ["identity", "proxy"].map((part) => `portcullis-${part}`),
    );
  });

  it("gets one more pod of each under load, and answers every request correctly", async () => {
    const wanted = await loaded(LOAD, () => eventually(() => assertWanted(MAX), PATIENCE));
    const ready = await loaded(QUIET, () => eventually(() => assertPods(MAX), PATIENCE));
    assert.deepEqual([wanted.wrong, ready.wrong], [{}, {}]);
  });

  it("keeps the pods that the autoscaler added, and finds nothing to change", async () => {
    const { changes } = await devStack.run("up", "pulumi up, scaled");
    assert.deepEqual(Object.keys(changes), ["same"], JSON.stringify(changes));
    await assertWanted(MAX);
    // After the load, a pod on a slow machine may not be ready at once.
    await eventually(() => assertPods(MAX), PATIENCE);
  });

  it("keeps them when the pods' specification changes", async () => {
    const changed = { "portcullis:session": { value: { checkCache: "off", lifespan: "2h" } } };
    await new DevStack(cluster, progress(), { settings: { ...settings, ...changed } }).up();
    await assertPods(MAX);
  });

  it("is brought back to the limit when somebody scales it beyond", async () => {
    for (const name of await deployments()) await inGateway("scale", "deployment", name, "--replicas=4");
    await eventually(() => assertPods(MAX), PATIENCE);
  });

  it("gives the pods back when few requests come, and loses no request itself", async () => {
    const report = await loaded(QUIET, async () => {
      await takesAwayAfter(0);
      await eventually(() => assertPods(MIN), PATIENCE);
      await eventually(assertGone, PATIENCE);
    });
    assertNothingButLate(report, "a page");
  });

  it("has a fixed number of pods again after a run that takes the field back, as the documentation says", async () => {
    const scaled = await deployments();
    process.env[force] = "true";
    try {
      await new DevStack(cluster, progress()).up();
    } finally {
      Reflect.deleteProperty(process.env, force);
    }
    await eventually(async () => {
      for (const name of scaled) assert.deepEqual(await podsOf(name), { wanted: MIN, ready: MIN });
    }, PATIENCE);
  });

  async function podsOf(deployment: string) {
    const path = "{.spec.replicas} {.status.readyReplicas}";
    const [wanted, ready] = await listed(path, "deployment", deployment);
    return { wanted: Number(wanted), ready: Number(ready) };
  }

  async function assertWanted(count: number): Promise<void> {
    for (const name of await deployments()) assert.equal((await podsOf(name)).wanted, count, name);
  }

  /** Both Deployments have this many pods, and all are ready. */
  async function assertPods(count: number): Promise<void> {
    for (const name of await deployments())
      assert.deepEqual(await podsOf(name), { wanted: count, ready: count }, name);
  }

  /** Also checks that the removed pods no longer exist. */
  async function assertGone(): Promise<void> {
    for (const part of ["proxy", "identity-server"] as const) {
      const pods = await runningPods(cluster, target.namespace, podLabels(part));
      assert.equal(pods.length, MIN, part);
    }
  }

  /** The metrics that the autoscalers use, and what they and the pods have come to. */
  async function told(): Promise<string> {
    const parts = [
      metrics.cpuOf(target.namespace).then((cpu) => JSON.stringify(cpu)),
      inGateway("get", "horizontalpodautoscalers,pods"),
    ];
    // An error here must not hide the test's own.
    return (await Promise.all(parts.map((part) => part.catch(String)))).join("\n");
  }

  async function takesAwayAfter(seconds: number): Promise<void> {
    const patch = { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: seconds } } } };
    for (const name of await autoscalers())
      await inGateway("patch", "horizontalpodautoscaler", name, "--patch", JSON.stringify(patch));
  }

  async function loaded(
    rate: Pick<Stream, "perSecond" | "atOnce">,
    work: () => Promise<void>,
  ): Promise<Report> {
    const ask = () => visitor.ask(page);
    const expected = ({ status }: Answer) => status === 200;
    const stream = { ask, expected, countedAs: byWhom, ...rate };
    try {
      return (await underLoad({ stream }, work)).stream;
    } finally {
      process.stdout.write(`${await told()}\n`);
    }
  }
});
