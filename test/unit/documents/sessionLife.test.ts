import assert from "node:assert/strict";
import type { Duration } from "../../../documents/shared/duration";
import { sessionLifeProblems } from "../../../documents/nginx/sessionCheck";

const reasons = (life: Duration | "off") =>
  sessionLifeProblems("checkCache", life).map(({ reason }) => reason);

describe("how long a session is believed", () => {
  it("may be nothing, or up to a minute", () => {
    for (const life of ["off", "1s", "5s", "60s", "1m"] as const) assert.deepEqual(reasons(life), [], life);
  });

  it("is a minute at most, in whatever unit it is written", () => {
    for (const life of ["61s", "2m", "1h", "9999999h"] as const)
      assert.match(reasons(life).join(), /longer than a minute/, life);
  });

  it("is a duration", () => {
    for (const life of ["1.5s", "0s", "on"])
      assert.deepEqual(
        reasons(life as Duration),
        ["is not a whole number of seconds, minutes or hours"],
        life,
      );
  });
});
