import assert from "node:assert/strict";
import type { Duration } from "../../../documents/shared/duration";
import { sessionLifeProblems } from "../../../documents/nginx/sessionCheck";

const reasons = (life: Duration | "off") =>
  sessionLifeProblems("checkCache", life).map(({ reason }) => reason);

describe("the time for which a session check is cached", () => {
  it("may be off, or up to a minute", () => {
    for (const life of ["off", "1s", "5s", "60s", "1m"] as const) assert.deepEqual(reasons(life), [], life);
  });

  it("is refused when it is longer than a minute, in any unit", () => {
    for (const life of ["61s", "2m", "1h", "2562047h"] as const)
      assert.match(reasons(life).join(), /longer than a minute/, life);
  });

  it("is refused when it is not a whole number of seconds, minutes or hours", () => {
    for (const life of ["1.5s", "0s", "on"])
      assert.deepEqual(
        reasons(life as Duration),
        ["is not a whole number of seconds, minutes or hours"],
        life,
      );
  });
});
