import { runOnCluster } from "../cluster/run";

/** What begins with the dev stack as it is checked in, and leaves it so: one `up` is enough for all of them. */
const asCheckedIn = [
  "admission",
  "routeAdmission",
  "upstreamAdmission",
  "decisions",
  "ruleDeletions",
  "lostState",
  "dev",
];

/** What destroys it, or begins without it. */
const without = ["nothingLeft", "packed", "providers"];

/** About a third of the time beside `test:engine` and `test:browser`; what packs the library is in the same lane as these. */
const secondLane = ["drills", "leavers", "monitoring", "packed", "providers"];

runOnCluster("e2e", { first: asCheckedIn, last: without, secondLane });
