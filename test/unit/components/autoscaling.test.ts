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
  it("is of the proxy and of the identity server, from replicas to the most", async () => {
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

  it("is none where nobody asks for it", async () => {
    const { made } = await run(() => gateway({}));
    assert.deepEqual(made.ofType(":HorizontalPodAutoscaler"), []);
  });

  it("spreads pods over nodes also from one", async () => {
    const { made } = await run(() => gateway({ replicas: 1, autoscaling: { max: 2 } }));
    for (const name of ["access-identity", "access-proxy"]) {
      const { template } = made.one(":Deployment", name).inputs["spec"] as { template: { spec: Fields } };
      assert.ok(template.spec["topologySpreadConstraints"], name);
    }
  });

  it("has one pod at a time evicted also where there is one at least", async () => {
    const { made } = await run(() => gateway({ replicas: 1, autoscaling: { max: 2 } }));
    const budgets = made.ofType(":PodDisruptionBudget").map(({ name }) => name);
    assert.deepEqual(budgets, ["access-identity", "access-proxy"]);
  });

  it("goes above what there is at least, by an amount of CPU", () => {
    const reasons = (autoscaling: AutoscalingArgs) =>
      problemsOf(autoscaling).map(({ path, reason }) => `${path} ${reason}`);
    for (const cpu of ["500m", "1", "0.5", "2"]) assert.deepEqual(reasons({ max: 3, cpu }), [], cpu);
    for (const cpu of ["50%", "0", "-1", "500M", ""])
      assert.deepEqual(reasons({ max: 3, cpu }), ["autoscaling.cpu is no amount of CPU"], cpu);
    for (const max of [2, 1, 0, 2.5])
      assert.deepEqual(reasons({ max }), ["autoscaling.max is not more than the 2 that there are at least"]);
  });

  it("leaves each of the most servers enough of the database's connections", async () => {
    await assert.rejects(
      run(() => gateway({ autoscaling: { max: 60 } })),
      /args\.autoscaling\.max.* leaves each server less than/,
    );
  });
});
