import assert from "node:assert/strict";
import { problemsOfKnown } from "../../../components/shared/known";
import { autoscalingProblems, type AutoscalingArgs } from "../../../components/shared/autoscaling";
import { run, type Fields } from "../mocks";
import { gateway } from "./programs";

const problemsOf = (autoscaling: AutoscalingArgs) =>
  problemsOfKnown(
    (property) => property,
    { autoscaling },
    (path, known) =>
      known.autoscaling ? autoscalingProblems((key) => path(`autoscaling.${key}`), known.autoscaling, 2) : [],
  );

describe("autoscaling", () => {
  it("takes amounts of CPU above zero", () => {
    const paths = (cpu: string) => problemsOf({ max: 9, cpu }).map(({ path }) => path);
    for (const cpu of ["1", "500m", "0.5", "0.001", "10"]) assert.deepEqual(paths(cpu), [], cpu);
    for (const cpu of ["0", "0m", "0.0", "00.000", "1.5m"])
      assert.deepEqual(paths(cpu), ["autoscaling.cpu"], cpu);
  });

  it("scales the proxy and the identity server between replicas and the maximum", async () => {
    const { made } = await run(() => gateway({ replicas: 3, autoscaling: { max: 9, cpu: "1.5" } }));
    const scalers = made
      .ofType(":HorizontalPodAutoscaler")
      .toSorted((one, other) => one.name.localeCompare(other.name));
    assert.deepEqual(
      scalers.map(({ name, inputs }) => [name, inputs["spec"]]),
      ["access-identity", "access-proxy"].map((name) => [
        name,
        {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
          minReplicas: 3,
          maxReplicas: 9,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "AverageValue", averageValue: "1.5" } },
            },
          ],
        },
      ]),
    );
  });

  it("is off by default", async () => {
    const { made } = await run(() => gateway({}));
    assert.deepEqual(made.ofType(":HorizontalPodAutoscaler"), []);
  });

  it("spreads pods over nodes even with a minimum of one", async () => {
    const { made } = await run(() => gateway({ replicas: 1, autoscaling: { max: 2 } }));
    for (const name of ["access-identity", "access-proxy"]) {
      const { template } = made.one(":Deployment", name).inputs["spec"] as { template: { spec: Fields } };
      assert.ok(template.spec["topologySpreadConstraints"], name);
    }
  });

  it("has PodDisruptionBudgets even with a minimum of one", async () => {
    const { made } = await run(() => gateway({ replicas: 1, autoscaling: { max: 2 } }));
    const budgets = made.ofType(":PodDisruptionBudget").map(({ name }) => name);
    assert.deepEqual(budgets, ["access-identity", "access-proxy"]);
  });

  it("needs a maximum above the minimum and an amount of CPU", () => {
    const reasons = (autoscaling: AutoscalingArgs) =>
      problemsOf(autoscaling).map(({ path, reason }) => `${path} ${reason}`);
    for (const cpu of ["500m", "1", "0.5", "2"]) assert.deepEqual(reasons({ max: 3, cpu }), [], cpu);
    for (const cpu of ["50%", "0", "-1", "500M", ""])
      assert.deepEqual(reasons({ max: 3, cpu }), ["autoscaling.cpu is not an amount of CPU"], cpu);
    for (const max of [2, 1, 0, 2.5])
      assert.deepEqual(reasons({ max }), ["autoscaling.max is not above 2, the minimum"]);
  });

  it("is refused when its maximum leaves each server too few database connections", async () => {
    await assert.rejects(
      run(() => gateway({ autoscaling: { max: 60 } })),
      /args\.autoscaling\.max.* leaves each server fewer than/,
    );
  });
});
