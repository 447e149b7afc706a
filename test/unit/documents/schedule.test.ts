import assert from "node:assert/strict";
import { quantityProblems } from "../../../documents/shared/quantity";
import { operatorScheduleProblems, scheduleProblems } from "../../../documents/shared/schedule";

describe("a CronJob's schedule", () => {
  it("is accepted in every form that the API server accepts", () => {
    for (const schedule of [
      "17 3 * * *",
      "*/5 * * * *",
      "0 0,12 1-15/2 JAN-mar Mon-FRI",
      "59 23 31 12 6",
      "0 3 ? * sun",
      "10/15 * * * *",
      " 0  3 * *\t0 ",
      "@daily",
      "@midnight",
      "@every 1h30m",
    ])
      assert.deepEqual(scheduleProblems("schedule", schedule), [], schedule);
  });

  it("is refused in any other form, and the report names the wrong field", () => {
    for (const [schedule, reason] of [
      ["", /not have the 5 fields/],
      ["daily", /not have the 5 fields/],
      ["every 5 minutes", /not have the 5 fields/],
      ["0 17 3 * * *", /not have the 5 fields/],
      ["@fortnightly", /not have the 5 fields/],
      ["@every day", /not have the 5 fields/],
      ["TZ=UTC 17 3 * * *", /not have the 5 fields/],
      ["60 3 * * *", /a minute that is not from 0 to 59/],
      ["-1 3 * * *", /a minute/],
      ["*/0 3 * * *", /a minute/],
      ["1.5 3 * * *", /a minute/],
      ["0 24 * * *", /an? hour that is not from 0 to 23/],
      ["0 5-3 * * *", /hour/],
      ["0 3, * * *", /hour/],
      ["0 3 0 * *", /a day of the month that is not from 1 to 31/],
      ["0 3 * 13 *", /a month/],
      ["0 3 * mon *", /a month/],
      ["0 3 * * 7", /a day of the week that is not from 0 to 6/],
      ["0 3 * * monday", /a day of the week/],
      ["0 3 * * *-5", /a day of the week/],
    ] as const) {
      const [problem, ...others] = scheduleProblems("schedule", schedule);
      assert.match(problem?.reason ?? "", reason, schedule);
      assert.deepEqual(others, []);
    }
  });

  it("begins with the second for CloudNativePG, and is refused with five fields", () => {
    for (const schedule of ["0 17 3 * * *", "@daily"])
      assert.deepEqual(operatorScheduleProblems("schedule", schedule), [], schedule);
    const [problem] = operatorScheduleProblems("schedule", "17 3 * * *");
    assert.equal(problem?.reason, "does not have the 6 fields of a schedule");
    assert.match(problem.fix, /^Write second, minute, .*"0 17 3 \* \* \*"/);
    assert.match(operatorScheduleProblems("schedule", "60 17 3 * * *")[0]?.reason ?? "", /a second/);
  });
});

describe("the size of a volume", () => {
  it("is accepted as Kubernetes writes it", () => {
    for (const size of ["8Gi", "500Mi", "1.5Ti", "8G", "+8Gi", "1e9", "2E", ".5Gi", "1073741824"])
      assert.deepEqual(quantityProblems("storage", size), [], size);
  });

  it("is refused in any other form, or when it is too small for any volume", () => {
    for (const [size, reason] of [
      ["8 GB", /as Kubernetes writes one/],
      ["8GB", /as Kubernetes writes one/],
      ["8gi", /as Kubernetes writes one/],
      ["8GiB", /as Kubernetes writes one/],
      ["much", /as Kubernetes writes one/],
      ["", /as Kubernetes writes one/],
      ["-8Gi", /as Kubernetes writes one/],
      ["8m", /as Kubernetes writes one/],
      ["1,5Gi", /as Kubernetes writes one/],
      ["20", /less than any volume has/],
      ["0Gi", /less than any volume has/],
    ] as const)
      assert.match(quantityProblems("storage", size)[0]?.reason ?? "", reason, size);
  });
});
